//! Leads administrators to their routes where the main port has them.

use std::convert::Infallible;

use axum::{Router, extract::State, response::Response};
use tower::ServiceExt;

use super::chain::{Next, Request};
use crate::http::admin::is_admin;

/// Has the administrator's router answer what is asked of it.
pub async fn administration(State(admin): State<Router>, request: Request, next: Next) -> Response {
    if !is_admin(request.uri().path()) {
        return next.run(request).await;
    }
    let answered: Result<Response, Infallible> = admin.oneshot(*request).await;
    match answered {
        Ok(response) => response,
    }
}
