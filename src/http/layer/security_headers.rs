//! Tells browsers to be careful with what is answered.

use axum::{extract::State, response::Response};
use http::{
    HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};

use super::chain::{Next, Request};

/// What holds unless a route says otherwise.
const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // An address with a run's name in it is nobody else's to know.
    (REFERRER_POLICY, "no-referrer"),
    // Answers are one caller's, and of the moment.
    (CACHE_CONTROL, "no-store"),
    // Nothing here is a page, but for those that have a policy of their own.
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// A year, and this host alone: what else is below it is not known here.
const STRICT: &str = "max-age=31536000";

/// Adds the headers; `is_tls` where the port speaks TLS.
pub async fn security_headers(
    State(is_tls): State<bool>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT));
    }
    response
}
