//! One line a request, and the cause of an error once.

use std::{error::Error, sync::Arc, time::Instant};

use axum::{extract::Request, middleware::Next, response::Response};
use flyte_webhook_core::endpoint::Endpoint;

use super::request_id::RequestId;
use crate::http::Problem;

/// Logs what was asked and what came of it: never a path, a query, a header or
/// a body, which may hold what is secret.
pub async fn access_log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let endpoint = response.extensions().get::<Endpoint>();
    let problem = response.extensions().get::<Arc<Problem>>();
    tracing::info!(
        http.request.method = %method,
        http.route = endpoint.map(|endpoint| endpoint.path()),
        http.response.status_code = response.status().as_u16(),
        duration_ms = started.elapsed().as_secs_f64() * 1e3,
        request.id = id.as_ref().map(RequestId::as_str),
        error.code = problem.map(|problem| problem.answer().code),
        "{} {} answered {}",
        method,
        endpoint.map_or("(no endpoint)", |endpoint| endpoint.name()),
        response.status().as_u16(),
    );
    // A server that refuses what is too much has not failed, and has no time.
    let failed = |problem: &&Arc<Problem>| {
        response.status().is_server_error() && !matches!(***problem, Problem::Load(_))
    };
    if let Some(problem) = problem.filter(failed) {
        tracing::warn!(
            request.id = id.as_ref().map(RequestId::as_str),
            error.code = problem.answer().code,
            error.message = chain(problem.as_ref()),
            "{problem}",
        );
    }
    response
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
