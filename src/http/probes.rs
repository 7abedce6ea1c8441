//! What tells an orchestrator how this process is: `/livez` and `/readyz`.
//!
//! They are open to everyone and ask nobody; whoever looks for the reason finds
//! it in the log.

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::{LoadProblem, Problem, layer::measure::named};
use crate::readiness::Readiness;

const LIVE: &str = "/livez";
const READY: &str = "/readyz";

/// How this process is.
#[derive(Serialize)]
struct State {
    status: &'static str,
}

/// Whether a path is one of these.
pub fn is_probe(path: &str) -> bool {
    matches!(path, LIVE | READY)
}

/// The routes.
pub fn routes(readiness: Readiness) -> Router {
    Router::new()
        .route(LIVE, probe(LIVE, get(async || say("live"))))
        .route(READY, probe(READY, get(async move || ready(&readiness))))
}

fn probe(path: &'static str, routes: MethodRouter) -> MethodRouter {
    named(path, routes.fallback(async || Problem::Method("GET, HEAD")))
}

/// Whether to send requests here: not where the server is about to stop, or could
/// not keep what it would accept.
fn ready(readiness: &Readiness) -> Response {
    if readiness.is_ready() {
        say("ready")
    } else {
        Problem::from(LoadProblem::NotReady).into_response()
    }
}

/// An answer from before is of no use to anyone.
fn say(status: &'static str) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(State { status })).into_response()
}
