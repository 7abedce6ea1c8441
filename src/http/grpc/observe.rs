//! One line, one value and, where it may change something, one record for each call.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, State},
    response::Response,
};
use bytes::Bytes;
use connectrpc::ConnectError;
use http::header::CONTENT_TYPE;
use http_body::{Body as _, Frame};

use super::{
    body::{Watch, Watched},
    code::{Code, GONE},
    record::Pending,
    refusal,
};
use crate::{
    audit::Trail,
    connector::{Call, Memory},
    http::{
        layer::{
            audit::Audit,
            chain::{Next, Request},
            request_id::RequestId,
        },
        limits::Proxies,
    },
    metrics::{Held, Metrics},
};

/// What a method is called that is none of the services'.
const OTHER: &str = "_OTHER";

/// What calls are told to.
#[derive(Clone)]
pub(super) struct Observer {
    pub(super) metrics: Metrics,
    pub(super) audit: Audit,
    pub(super) proxies: Arc<Proxies>,
    /// What the services answer to.
    pub(super) methods: Arc<BTreeSet<Arc<str>>>,
    pub(super) memory: Memory,
}

/// Makes the [`Call`] of a request, and tells what came of it when its answer is
/// written or its client has gone away.
pub(super) async fn observe(
    State(observer): State<Observer>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut seen = Seen::of(&observer, &mut request);
    let pending = Pending::of(&observer.audit, &seen.method, &seen.call, &request);
    let Ok(pending) = pending else {
        let error = ConnectError::unavailable("the audit log cannot be written; try again later");
        let protocol = request.headers().get(CONTENT_TYPE).cloned();
        let response = refusal(error, protocol);
        seen.code = Some(Code::of_head(&response));
        return response;
    };
    seen.pending = pending;
    let response = next.run(request).await;
    seen.head = Some(Code::of_head(&response));
    // Then nobody asks for what follows.
    if response.body().is_end_stream() {
        seen.code = seen.head;
    }
    response.map(|body| Watched::over(body, seen))
}

/// A call, until it is told of.
struct Seen {
    call: Call,
    method: Arc<str>,
    id: Option<RequestId>,
    started: Instant,
    metrics: Metrics,
    pending: Option<Pending>,
    /// What the head of the answer said.
    head: Option<Code>,
    /// What came of it, when the answer is whole.
    code: Option<Code>,
    /// In the span of the request, also when the answer is written.
    span: tracing::Span,
    _active: Held,
}

impl Seen {
    fn of(observer: &Observer, request: &mut Request) -> Self {
        let path = request.uri().path().trim_start_matches('/');
        let known = observer.methods.get(path).cloned();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let client =
            peer.map(|ConnectInfo(peer)| observer.proxies.client(peer.ip(), request.headers()));
        let call = Call::new(Trail::from(client), &observer.memory);
        request.extensions_mut().insert(call.clone());
        Self {
            call,
            method: known.unwrap_or_else(|| OTHER.into()),
            id: request.extensions().get::<RequestId>().cloned(),
            started: Instant::now(),
            metrics: observer.metrics.clone(),
            pending: None,
            head: None,
            code: None,
            span: tracing::Span::current(),
            _active: observer.metrics.rpc_begins(),
        }
    }
}

impl Watch for Seen {
    fn frame(&mut self, frame: &Frame<Bytes>) -> Result<(), axum::Error> {
        if let Some(trailers) = frame.trailers_ref() {
            self.code = Code::of_trailers(trailers);
        }
        Ok(())
    }

    fn end(&mut self) {
        self.code = self.code.or(self.head);
    }
}

/// Writes a line with all fields at the level that fits.
macro_rules! line {
    ($level:ident, $seen:expr, $code:expr, $took:expr) => {{
        let Seen { call, method, id, .. } = $seen;
        let facts = call.trail.facts();
        tracing::event!(
            tracing::Level::$level,
            rpc.method = &**method,
            rpc.code = $code,
            duration_ms = $took.as_secs_f64() * 1e3,
            request.id = id.as_ref().map(RequestId::as_str),
            client.address = facts.client.map(tracing::field::display),
            task.type = call.task_type(),
            resource.kind = facts.resource.as_ref().map(crate::audit::Resource::kind),
            resource.id = facts.resource.as_ref().map(tracing::field::display),
            run.name = facts.run.as_ref().map(tracing::field::display),
            "{method} answered {}",
            $code
        );
    }};
}

impl Drop for Seen {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let code = self.code.unwrap_or(GONE);
        self.metrics
            .rpc_answered(Arc::clone(&self.method), code.as_str(), took);
        if let Some(pending) = self.pending.take() {
            pending.write(code);
        }
        let span = self.span.clone();
        span.in_scope(|| {
            if code.is_ours() {
                line!(WARN, &*self, code.as_str(), took);
            } else {
                line!(INFO, &*self, code.as_str(), took);
            }
        });
    }
}
