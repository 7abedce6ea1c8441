//! Requests that are no clean HTTP, or never come to an end.

use super::*;

pub(super) const CODES: &[&str] = &[
    "body_incomplete",
    "head_timeout",
    "head_too_large",
    "http_version",
    "malformed_request",
    "too_many_headers",
    "uri_too_long",
];

const YAML: &str = "\
server: {head_timeout: 300ms}
limits: {body_timeout: 300ms, body_stall_timeout: 300ms, max_uri_bytes: 300, max_headers: 10, \
max_head_bytes: 2000}
";

#[tokio::test]
async fn what_was_never_a_request_has_a_line_too() {
    let mut scene = Scene::with(YAML).await;
    let headers = "a: b\r\n".repeat(20);
    let (long, large) = ("x".repeat(400), "x".repeat(3000));
    for (code, request) in [
        ("malformed_request", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        ("http_version", "GET / HTTP/3.0\r\nhost: x\r\n\r\n".to_owned()),
        ("uri_too_long", format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n")),
        ("too_many_headers", format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n")),
        ("head_too_large", format!("GET / HTTP/1.1\r\nhost: x\r\na: {large}\r\n\r\n")),
        ("head_timeout", "GET / HTTP/1.1\r\nhost: x\r\n".to_owned()),
        (
            "body_incomplete",
            "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
             authorization: Bearer x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"
                .to_owned(),
        ),
    ] {
        scene.refuses(code, request.as_bytes()).await;
    }
    scene.ends_with(CODES).await;
}
