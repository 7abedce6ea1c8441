//! Ends a panic with the request that it is of.

use std::panic::AssertUnwindSafe;

use axum::{extract::State, response::Response};
use futures::FutureExt;

use super::chain::{Next, Request};

/// Answers what is to be said of a panic. Its own words are in the log already, by
/// way of the panic hook.
pub async fn catch_panic(
    State(panicked): State<fn() -> Response>,
    request: Request,
    next: Next,
) -> Response {
    // Whatever a panic left half done belongs to this request and is dropped with it.
    let answering = AssertUnwindSafe(async { next.run(request).await });
    let answered = answering.catch_unwind().await;
    answered.unwrap_or_else(|_panic| panicked())
}
