//! Tells clients such as `grpcurl` what is served.

use std::sync::{Arc, LazyLock};

use connectrpc::{RequestContext, Router, ServiceResult, ServiceStream, StreamMessage};
use connectrpc_reflection::{
    ReflectionService, Reflector, ServerReflection, ServerReflectionExt, ServerReflectionV1alpha,
    ServerReflectionV1alphaExt,
    wire::{v1, v1alpha},
};
use flyte_idl::{DESCRIPTORS, HEALTH_DESCRIPTORS};

use super::SERVICES;

/// The services that every gRPC server has.
const COMMON: [&str; 3] = [
    connectrpc_health::HEALTH_SERVICE_NAME,
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// The service, made when it is asked for the first time: engines never ask, and the
/// descriptors of all of Flyte take more memory than the rest of the connector.
struct Reflection(LazyLock<ReflectionService>);

/// Both versions of the service.
pub(super) fn install(router: Router) -> Router {
    let service = Arc::new(Reflection(LazyLock::new(|| {
        ReflectionService::new(reflector())
    })));
    let router = ServerReflectionExt::register(Arc::clone(&service), router);
    let router = ServerReflectionV1alphaExt::register(service, router);
    let limits = connectrpc_reflection::request_limits();
    connectrpc_reflection::apply_request_limits(router, limits)
}

/// Of all that the descriptors describe, only what is served here is named.
fn reflector() -> Reflector {
    let mut reflector =
        Reflector::from_descriptor_set_bytes(DESCRIPTORS).expect("a test asks for the descriptors");
    reflector
        .add_descriptor_set_bytes(HEALTH_DESCRIPTORS)
        .expect("a test asks for the descriptors");
    reflector.with_services(SERVICES.into_iter().chain(COMMON))
}

impl ServerReflection for Reflection {
    async fn server_reflection_info(
        &self,
        context: RequestContext,
        requests: ServiceStream<StreamMessage<v1::ServerReflectionRequest>>,
    ) -> ServiceResult<ServiceStream<v1::ServerReflectionResponse>> {
        ServerReflection::server_reflection_info(&*self.0, context, requests).await
    }
}

impl ServerReflectionV1alpha for Reflection {
    async fn server_reflection_info(
        &self,
        context: RequestContext,
        requests: ServiceStream<StreamMessage<v1alpha::ServerReflectionRequest>>,
    ) -> ServiceResult<ServiceStream<v1alpha::ServerReflectionResponse>> {
        ServerReflectionV1alpha::server_reflection_info(&*self.0, context, requests).await
    }
}
