//! Tells browsers which pages of other origins may use the API.

use axum::http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{
    config::{Cors, HeaderExtractor},
    control_plane::REQUEST_ID,
    http::admin::is_admin,
};

/// What a page may send beside its credentials.
const TAKEN: [&str; 7] = [
    "accept",
    "idempotency-key",
    "idempotency-retry",
    "last-event-id",
    "prefer",
    "traceparent",
    "tracestate",
];

/// What a page may see of an answer beside its body.
const SHOWN: [&str; 3] = ["preference-applied", "ratelimit", "ratelimit-policy"];

/// The layer of a configuration, if any origin is allowed. The administrator's routes
/// are nobody else's.
pub fn cors(cors: &Cors, extractors: &[HeaderExtractor]) -> Option<CorsLayer> {
    if !cors.is_on() {
        return None;
    }
    let credentials = extractors.iter().map(|it| it.header.clone());
    let taken = TAKEN.map(HeaderName::from_static).into_iter();
    let taken = taken.chain([AUTHORIZATION, CONTENT_TYPE, REQUEST_ID]);
    let shown = SHOWN.map(HeaderName::from_static).into_iter();
    let shown = shown.chain([LOCATION, RETRY_AFTER, WWW_AUTHENTICATE, REQUEST_ID]);
    let allowed = cors.clone();
    let allow = AllowOrigin::predicate(move |origin: &HeaderValue, request| {
        allowed.allows(origin) && !is_admin(request.uri.path())
    });
    Some(
        CorsLayer::new()
            .allow_origin(allow)
            .allow_credentials(cors.allow_credentials)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers(taken.chain(credentials).collect::<Vec<_>>())
            .expose_headers(shown.collect::<Vec<_>>())
            .max_age(cors.max_age),
    )
}
