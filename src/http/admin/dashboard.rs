//! `GET /`: a page that shows hooks and deliveries as they come. It is made of
//! three files in this binary and asks no other origin for anything.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};

const PAGE: &str = include_str!("dashboard/page.html");
const SCRIPT: &str = include_str!("dashboard/script.js");
const STYLE: &str = include_str!("dashboard/style.css");

/// What it shows was written by strangers, so that nothing of it may run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(super) async fn page() -> Response {
    file("text/html; charset=utf-8", PAGE)
}

/// What fills it.
pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

/// How it looks.
pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        header(CONTENT_TYPE, media_type),
        header(CONTENT_SECURITY_POLICY, POLICY),
        header(REFERRER_POLICY, "no-referrer"),
        header(X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
