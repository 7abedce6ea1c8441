//! Lets in only administrators.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header::CACHE_CONTROL};

use crate::{
    audit::{Trail, Who},
    auth::Administrators,
    http::{
        Problem,
        layer::chain::{Next, Request},
    },
};

/// Answers 401 to everyone else, and has nobody keep what is answered.
pub async fn authenticate(
    State(administrators): State<Administrators>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match administrators.find(request.headers()) {
        Some(id) => {
            if let Some(trail) = request.extensions().get::<Trail>() {
                trail.sent_by(Who::Administrator(id.into()));
                trail.let_in();
            }
            next.run(request).await
        }
        None => Problem::NoAdministrator.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(no_store);
    response
}
