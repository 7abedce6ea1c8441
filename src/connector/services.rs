//! The services of both versions of Flyte, and those that every gRPC server has.
#![expect(
    refining_impl_trait,
    reason = "the traits allow any encodable answer; ours are messages"
)]

mod agents;
mod async_v1;
mod async_v2;
mod connectors;
mod health;
mod sync_v1;

use std::sync::Arc;

use connectrpc::{ConnectError, ConnectRpcService, Limits, Router};
use connectrpc_health::{HealthExt, HealthService};
use connectrpc_reflection::Reflector;
use flyte_idl::{
    DESCRIPTORS, HEALTH_DESCRIPTORS,
    flyteidl::service::{
        AGENT_METADATA_SERVICE_SERVICE_NAME, ASYNC_AGENT_SERVICE_SERVICE_NAME,
        AgentMetadataServiceExt, AsyncAgentServiceExt, SYNC_AGENT_SERVICE_SERVICE_NAME,
        SyncAgentServiceExt,
    },
    flyteidl2::connector::{
        ASYNC_CONNECTOR_SERVICE_SERVICE_NAME, AsyncConnectorServiceExt,
        CONNECTOR_METADATA_SERVICE_SERVICE_NAME, ConnectorMetadataServiceExt,
    },
};

pub use self::health::Health;
use super::{
    Connector,
    task::{TASK_TYPE, TASK_TYPE_VERSION},
};

/// What the connector is called, as the reference's is.
const NAME: &str = "Webhook Connector";

/// The services that engines call.
const SERVICES: [&str; 5] = [
    SYNC_AGENT_SERVICE_SERVICE_NAME,
    ASYNC_AGENT_SERVICE_SERVICE_NAME,
    AGENT_METADATA_SERVICE_SERVICE_NAME,
    ASYNC_CONNECTOR_SERVICE_SERVICE_NAME,
    CONNECTOR_METADATA_SERVICE_SERVICE_NAME,
];

/// The services that every gRPC server has.
const COMMON: [&str; 3] = [
    connectrpc_health::HEALTH_SERVICE_NAME,
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// All services behind one door.
pub(super) fn all(connector: &Connector) -> (ConnectRpcService, Health) {
    let router = Router::new();
    let service = || Arc::new(connector.clone());
    let router = SyncAgentServiceExt::register(service(), router);
    let router = AsyncAgentServiceExt::register(service(), router);
    let router = AgentMetadataServiceExt::register(service(), router);
    let router = AsyncConnectorServiceExt::register(service(), router);
    let router = ConnectorMetadataServiceExt::register(service(), router);
    let own = connectrpc_health::HEALTH_SERVICE_NAME;
    let names = SERVICES.into_iter().chain([own]);
    let health = Health::of(names);
    let router = HealthExt::register(Arc::new(HealthService::new(health.clone())), router);
    let limits = connectrpc_health::request_limits();
    let router = connectrpc_health::apply_request_limits(router, limits);
    let router = connectrpc_reflection::install(router, reflector());
    let most = connector.0.options.max_message_bytes;
    let limits = Limits::default()
        .with_max_request_body_size(most)
        .with_max_message_size(most);
    let service = ConnectRpcService::new(router).with_limits(limits);
    (service, health)
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

/// Refuses what is no webhook task, in the words of the reference.
fn check_type(name: &str, version: i32) -> Result<(), ConnectError> {
    if name == TASK_TYPE && version == TASK_TYPE_VERSION {
        return Ok(());
    }
    let name: String = name.chars().take(200).collect();
    let message = format!("Cannot find connector for task type: {name}.");
    Err(ConnectError::not_found(message))
}

/// Refuses another connector's name.
fn check_name(name: &str) -> Result<(), ConnectError> {
    if name == NAME {
        return Ok(());
    }
    let name: String = name.chars().take(200).collect();
    let message = format!("Cannot find connector for name: {name}.");
    Err(ConnectError::not_found(message))
}

fn unimplemented(what: &str) -> ConnectError {
    ConnectError::unimplemented(format!("webhook tasks have no {what}"))
}
