//! Says which endpoint a request has come to.

use axum::{extract::State, response::Response};
use flyte_webhook_core::endpoint::Endpoint;

use super::chain::{Next, Request};
use crate::audit::Trail;

/// Puts the endpoint into the request's extensions, its trail and the answer's
/// extensions: the access log, outside of the router, learns it there.
pub async fn endpoint(
    State(endpoint): State<Endpoint>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(endpoint);
    if let Some(trail) = request.extensions().get::<Trail>() {
        trail.asked(endpoint.name());
    }
    let mut response = next.run(request).await;
    response.extensions_mut().insert(endpoint);
    response
}
