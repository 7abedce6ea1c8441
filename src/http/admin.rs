//! The administrator's routes, on a port of their own or beside the API.
//!
//! Their credentials are `admin.tokens` and go nowhere from here; those of callers
//! are of no use on these routes.

pub mod authenticate;

use axum::{Router, middleware};

use self::authenticate::authenticate;
use super::{ApiState, Problem, layer::cross_site::admin_cross_site};

/// What all paths that are not among these begin with.
const API: &str = "/api/";

/// Whether a path is an administrator's. On the main port no other route has one
/// of these.
pub fn is_admin(path: &str) -> bool {
    matches!(path, "/" | "/metrics") || path.starts_with(API)
}

/// The routes with what stands around them on any port: nobody else learns
/// whether a path exists.
pub fn router(state: ApiState) -> Router {
    let ApiState(api) = &state;
    let administrators = api.administrators.clone();
    let public_url = api.public_url.clone();
    routes()
        .with_state(state)
        .layer(middleware::from_fn_with_state(public_url, admin_cross_site))
        .layer(middleware::from_fn_with_state(administrators, authenticate))
}

/// The routes alone.
fn routes() -> Router<ApiState> {
    Router::new().fallback(async || Problem::NoRoute)
}
