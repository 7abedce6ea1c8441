//! The administrator's routes, on a port of their own or beside the API.
//!
//! Their credentials are `admin.tokens` and go nowhere from here; those of callers
//! are of no use on these routes.

pub mod authenticate;
mod dashboard;
mod deliveries;
mod events;
mod explain;
mod metrics;
mod status;

use std::sync::Arc;

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};

use self::authenticate::authenticate;
use super::{
    ApiState, Problem,
    layer::{audit::audit_changes, chain::Chain, cross_site::admin_cross_site, measure::named},
    probes,
};
use crate::{auth::Administrators, metrics::Metrics, readiness::Readiness};

/// What all paths that are not among these begin with.
const API: &str = "/api/";

/// Whether a path is an administrator's. On the main port no other route has one
/// of these.
pub fn is_admin(path: &str) -> bool {
    matches!(path, "/" | "/metrics") || path.starts_with(API) || is_explanation(path)
}

/// Whether a path asks what would come of a delivery to a hook.
fn is_explanation(path: &str) -> bool {
    let hook = path.strip_prefix("/webhook/");
    let hook = hook.and_then(|rest| rest.strip_suffix("/explain"));
    hook.is_some_and(|hook| !hook.contains('/'))
}

/// The routes with what stands around them on any port: nobody else learns
/// whether a path exists.
pub fn router(state: ApiState) -> Router {
    let ApiState(api) = &state;
    let administrators = api.administrators.clone();
    let public_url = api.public_url.clone().map(Arc::new);
    let records = api.audit.any();
    let layers = Chain::default()
        // Around what lets in or refuses, on either port.
        .with_any(records, audit_changes)
        .with(administrators, authenticate)
        .check(public_url, admin_cross_site);
    routes().with_state(state).layer(layers)
}

/// The same on a port of its own, where the process also says how it is: clients of the
/// other one can take all of its connections.
pub fn on_own_port(router: Router, readiness: Readiness) -> Router {
    router.merge(probes::routes(readiness))
}

/// What of this a server without an API has: what it counts, for administrators, and
/// how it is, for everyone, since it has no other port for that.
pub fn without_api(
    metrics: Metrics,
    administrators: Administrators,
    readiness: Readiness,
) -> Router {
    let router = Router::new()
        .route(
            metrics::PATH,
            named(metrics::PATH, only("GET, HEAD", get(metrics::metrics))),
        )
        .fallback(async || Problem::NoRoute)
        .with_state(metrics)
        .layer(Chain::default().with(administrators, authenticate));
    on_own_port(router, readiness)
}

/// The routes alone.
fn routes() -> Router<ApiState> {
    Router::new()
        .route("/", only("GET, HEAD", get(dashboard::page)))
        .route(
            "/api/dashboard.js",
            only("GET, HEAD", get(dashboard::script)),
        )
        .route(
            "/api/dashboard.css",
            only("GET, HEAD", get(dashboard::style)),
        )
        .route("/api/status", only("GET, HEAD", get(status::status)))
        .route("/api/events", only("GET, HEAD", get(events::events)))
        .route(
            "/api/deliveries",
            only("GET, HEAD", get(deliveries::deliveries)),
        )
        .route(
            "/api/deliveries/{id}",
            only("GET, HEAD", get(deliveries::delivery)),
        )
        .route(
            "/api/deliveries/{id}/replay",
            only("POST", post(deliveries::replay)),
        )
        .route(
            "/webhook/{hook}/explain",
            only("POST", post(explain::explain)),
        )
        .route(
            metrics::PATH,
            named(metrics::PATH, only("GET, HEAD", get(metrics::metrics))),
        )
        .fallback(async || Problem::NoRoute)
}

/// The methods of a path, and what is said of others.
fn only<S>(allow: &'static str, methods: MethodRouter<S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    methods.fallback(async move || Problem::Method(allow))
}
