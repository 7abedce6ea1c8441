//! Gives each request its place in a trace, and tells the collector what came of it.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{Method, Version};
use tracing::Instrument;

use super::{
    chain::{Next, Request},
    measure,
    request_id::RequestId,
};
use crate::{
    http::Problem,
    trace::{Context, Span, Tracer},
};

/// Puts the [`Context`] into the request's extensions, and its ids into every line
/// that is logged for the request.
pub async fn trace(
    State((tracer, is_tls)): State<(Tracer, bool)>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut span = tracer.server(Context::from_headers(request.headers()));
    let context = span.context().clone();
    let (trace_id, span_id) = (context.trace_id().hex(), context.span_id().hex());
    let id = request.extensions().get::<RequestId>();
    let line = tracing::error_span!(
        "request",
        trace_id = &*trace_id,
        span_id = &*span_id,
        request.id = id.map(RequestId::as_str),
    );
    begin(&mut span, &request, is_tls);
    request.extensions_mut().insert(context);
    let method = request.method().clone();
    let response = next.run(request).instrument(line).await;
    end(&mut span, &method, &response);
    response
}

/// What is known before it is answered: nothing that a caller wrote but the
/// request's id, which is in the log as well.
fn begin(span: &mut Span, request: &Request, is_tls: bool) {
    let method = measure::method(request.method());
    span.name(|| method.into());
    span.set("http.request.method", || method);
    span.set("url.scheme", || if is_tls { "https" } else { "http" });
    span.set("network.protocol.version", || match request.version() {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    });
    if let Some(id) = request.extensions().get::<RequestId>() {
        span.set("flyte_webhook.request.id", || id.as_str().to_owned());
    }
}

fn end(span: &mut Span, method: &Method, response: &Response) {
    let status = response.status();
    if let Some(route) = measure::route(response) {
        span.name(|| format!("{} {}", measure::method(method), route.0).into());
        span.set("http.route", || route.0);
    }
    span.set("http.response.status_code", || status.as_u16());
    let problem = response.extensions().get::<Arc<Problem>>();
    let code = problem.map(|problem| problem.answer().code);
    if status.is_server_error() {
        span.fail(code.unwrap_or("server_error"));
    } else if let Some(code) = code {
        span.set("flyte_webhook.problem.code", || code);
    }
}
