//! What stands around the services of the connector.
//!
//! Its port asks nobody who they are. So all that whoever reaches it can send is
//! counted and bounded here, before a service sees it, and each call leaves one line
//! in the log, one value in the metrics and, where it may start or stop something,
//! one record in the audit log.

mod body;
mod code;
mod limit;
mod observe;
mod record;

use std::sync::Arc;

use axum::{body::Body, response::Response};
use connectrpc::ConnectError;
use http::{HeaderValue, header::CONTENT_TYPE};
use tokio::sync::Semaphore;
use tower::Layer;

use self::{limit::limit, observe::observe};
use super::{
    layer::{
        audit::Audit, catch_panic::catch_panic, chain::Chain, request_id::request_id, trace::trace,
    },
    limits::Proxies,
    stack::HttpService,
};
use crate::{connector::Services, metrics::Metrics, trace::Tracer};

/// What stands around the services.
#[derive(Clone)]
pub struct Around {
    /// Where calls are counted.
    pub metrics: Metrics,
    /// Where they are told of.
    pub tracer: Tracer,
    /// Who did what.
    pub audit: Audit,
    /// Who is believed about where calls come from.
    pub proxies: Arc<Proxies>,
    /// Whether the port speaks TLS.
    pub is_tls: bool,
    /// How many calls may be answered at once.
    pub max_requests: usize,
    /// The largest message, in bytes.
    pub max_message_bytes: usize,
}

/// Puts all that around the services.
pub fn stack(services: &Services, around: Around) -> HttpService {
    let places = limit::Places {
        left: Arc::new(Semaphore::new(around.max_requests)),
        largest: around.max_message_bytes,
    };
    let observer = observe::Observer {
        metrics: around.metrics,
        audit: around.audit,
        proxies: around.proxies,
        methods: services.methods.clone(),
        memory: services.memory.clone(),
    };
    Chain::default()
        // As on the other ports: so that everything below can name the call
        .then(request_id)
        // and knows its trace.
        .with((around.tracer, around.is_tls), trace)
        // Outside of all that answers.
        .with(observer, observe)
        // A panic ends one call and no other.
        .with(panicked as fn() -> Response, catch_panic)
        // Before anything of the body is read.
        .with(places, limit)
        .layer(services.rpc.clone())
}

/// An error as the protocol of a call has it, which its `Content-Type` names.
fn refusal(error: ConnectError, protocol: Option<HeaderValue>) -> Response {
    let headers = protocol.map(|it| (CONTENT_TYPE, it)).into_iter().collect();
    error.into_http_response(&headers).map(Body::new)
}

fn panicked() -> Response {
    let grpc = HeaderValue::from_static("application/grpc");
    refusal(
        ConnectError::internal("a bug; the log has its place"),
        Some(grpc),
    )
}
