//! Answers a request that was refused before it was parsed.

use axum::response::{IntoResponse, Response};

use super::chain::{Next, Request};
use crate::http::{Problem, serve::Refusal};

/// Answers where the request is one that stands for a refusal.
pub async fn refused(request: Request, next: Next) -> Response {
    match request.extensions().get::<Refusal>() {
        Some(refusal) => Problem::Malformed(*refusal).into_response(),
        None => next.run(request).await,
    }
}
