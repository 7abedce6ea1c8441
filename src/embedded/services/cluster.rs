//! There is one cluster, and this is it.

use std::net::SocketAddr;

use connectrpc::{RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::cluster::{ClusterService, SelectClusterRequest, SelectClusterResponse};
use http::header;

use crate::embedded::faults;

/// Knows the address that we listen on.
pub(super) struct Cluster(pub(super) SocketAddr);

impl ClusterService for Cluster {
    async fn select_cluster(
        &self,
        context: RequestContext,
        _: ServiceRequest<'_, SelectClusterRequest>,
    ) -> ServiceResult<SelectClusterResponse> {
        let text = |name: &str| context.header(name).and_then(|value| value.to_str().ok());
        let scheme = text("x-forwarded-proto").unwrap_or("http");
        // The name that the caller used leads back here also from its side.
        let host = text(header::HOST.as_str()).map_or_else(|| self.0.to_string(), str::to_owned);
        let elsewhere = faults::cluster_endpoint(context.extensions());
        Response::ok(SelectClusterResponse {
            cluster_endpoint: elsewhere.map_or(format!("{scheme}://{host}"), str::to_owned),
            ..Default::default()
        })
    }
}
