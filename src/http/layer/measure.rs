//! Counts requests: by their routes' templates, since there are as many paths as
//! callers care to invent.

use std::{sync::Arc, time::Instant};

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use flyte_webhook_core::endpoint::Endpoint;
use http::Method;
use tower::util::MapResponseLayer;

use super::chain::{Next, Request};
use crate::{
    http::{LoadProblem, Problem},
    metrics::{Metrics, Route, method_word},
};

/// Counts what was asked and what came of it.
pub async fn measure(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let _active = metrics.request_begins();
    let began = Instant::now();
    let method = request.method().clone();
    let response = next.run(request).await;
    metrics.request_answered(
        &method,
        route(&response),
        response.status(),
        began.elapsed(),
    );
    if let Some(problem) = response.extensions().get::<Arc<Problem>>() {
        count(&metrics, problem);
    }
    response
}

fn count(metrics: &Metrics, problem: &Problem) {
    let answer = problem.answer();
    metrics.problem(answer.code, answer.source.as_str());
    if let Problem::Load(load) = problem {
        match load {
            LoadProblem::RateLimited { name, .. } => metrics.rate_limited(name),
            LoadProblem::TooManyFromAddress { .. } => metrics.rate_limited("address"),
            LoadProblem::TooManyFailures { .. } => metrics.rate_limited("address_failures"),
            LoadProblem::Overloaded | LoadProblem::TooManyWaiting | LoadProblem::NotReady => {}
        }
    }
    if matches!(problem, Problem::Panic) {
        metrics.panicked();
    }
}

/// The route that answered: an endpoint's, or the [`Route`] that other routes put
/// into the extensions of their answers.
pub(super) fn route(response: &Response) -> Option<Route> {
    let extensions = response.extensions();
    let endpoint = extensions.get::<Endpoint>();
    endpoint
        .map(|endpoint| Route(endpoint.path()))
        .or_else(|| extensions.get().copied())
}

/// Routes that are no endpoint's, whose answers are counted under this template.
pub fn named<S: Clone + Send + Sync + 'static>(
    template: &'static str,
    routes: MethodRouter<S>,
) -> MethodRouter<S> {
    let route = Extension(Route(template));
    routes.layer(MapResponseLayer::new(move |response: Response| {
        (route, response).into_response()
    }))
}

/// A method of HTTP, or that it is another.
pub(super) fn method(method: &Method) -> &'static str {
    method_word(method)
}
