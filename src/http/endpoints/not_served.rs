//! Endpoints that have their place in the configuration and the router but are
//! not served yet: 501, so that no client takes them for missing.

use axum::Extension;
use flyte_webhook_core::endpoint::Endpoint;

use crate::http::Problem;

/// Answers 501.
pub async fn not_served(Extension(endpoint): Extension<Endpoint>) -> Problem {
    Problem::NotServed(endpoint)
}
