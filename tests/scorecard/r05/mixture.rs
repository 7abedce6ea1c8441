//! Requests of every kind, all of whose parts that could be secret are canaries.

use std::fmt::Write;

use rand::{Rng, RngExt, seq::IndexedRandom};

use super::canary;

/// Headers that callers and proxies send, but for the one that names a request,
/// which is there to be repeated.
const HEADERS: [&str; 16] = [
    "cookie",
    "x-api-key",
    "x-auth-token",
    "proxy-authorization",
    "user-agent",
    "referer",
    "accept",
    "accept-language",
    "forwarded",
    "x-forwarded-for",
    "traceparent",
    "tracestate",
    "prefer",
    "if-none-match",
    "x-webhook-hop",
    "idempotency-key",
];

const TARGETS: [(&str, &str); 22] = [
    ("GET", "/health"),
    ("GET", "/me"),
    ("GET", "/task/development/flytesnacks/demo.hello"),
    ("POST", "/run-task/development/flytesnacks/demo.hello"),
    ("POST", "/run-task/development/flytesnacks/demo.hello"),
    (
        "POST",
        "/run-task/development/flytesnacks/demo.hello?wait=5",
    ),
    ("POST", "/run-task/development/flytesnacks/demo.add"),
    ("POST", "/run-task/development/flytesnacks/nothing"),
    ("GET", "/run/nothing"),
    ("GET", "/run/nothing/io"),
    ("POST", "/run/nothing/abort"),
    ("GET", "/app/demo-echo"),
    ("POST", "/app/demo-echo/call?path=/x&method=POST"),
    ("POST", "/app/nothing/call?path=/"),
    ("POST", "/trigger/demo.hello/daily/activate"),
    ("POST", "/trigger/demo.hello/daily/run"),
    ("POST", "/build-image?name=site"),
    ("POST", "/prefetch/hf-model?repo=a/b"),
    ("GET", "/docs"),
    ("GET", "/nothing"),
    ("DELETE", "/me"),
    ("POST", "/me"),
];

/// A request and the canary in its body, which its own answer may repeat.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    body: String,
}

impl Request {
    pub(super) fn random(chance: &mut impl Rng) -> Self {
        let (method, target) = TARGETS.choose(chance).unwrap();
        let mut head = format!("{method} {target} HTTP/1.1\r\nhost: x\r\n");
        for value in authorizations(chance) {
            write!(head, "authorization: {value}\r\n").unwrap();
        }
        for header in HEADERS {
            if chance.random_bool(0.3) {
                write!(head, "{header}: {}\r\n", canary::random(chance)).unwrap();
            }
        }
        let secret = canary::random(chance);
        let body = match *method {
            "POST" => body(&secret, chance),
            _ => String::new(),
        };
        let media_type = match chance.random_range(0..20) {
            0 => format!("text/{}", canary::random(chance)),
            _ => "application/json".to_owned(),
        };
        if *method == "POST" {
            let length = body.len();
            write!(
                head,
                "content-type: {media_type}\r\ncontent-length: {length}\r\n"
            )
            .unwrap();
        }
        Self {
            bytes: format!("{head}\r\n{body}").into_bytes(),
            body,
        }
    }

    /// What is wrong with an answer, if anything.
    pub(super) fn complaint(&self, answer: &[u8]) -> Option<String> {
        let found = String::from_utf8_lossy(canary::find(answer)?).into_owned();
        if self.body.contains(&found) {
            return None;
        }
        let request = String::from_utf8_lossy(&self.bytes);
        let answer = String::from_utf8_lossy(answer);
        Some(format!("{found} in {answer:?} to {request:?}"))
    }
}

/// Mostly one, of any scheme.
fn authorizations(chance: &mut impl Rng) -> Vec<String> {
    let secret = canary::random(chance);
    match chance.random_range(0..20) {
        0 => vec![],
        1 => vec![secret],
        2 => vec![format!("Basic {secret}")],
        3 => vec![
            format!("Bearer {secret}"),
            format!("Bearer {}", canary::random(chance)),
        ],
        4 => vec![format!("Bearer {}", "x".repeat(9_000) + &secret)],
        5..10 => vec![format!("Bearer e30.eyJzdWIiOiJhZGEifQ.{secret}")],
        _ => vec![format!("Bearer {secret}")],
    }
}

fn body(secret: &str, chance: &mut impl Rng) -> String {
    match chance.random_range(0..12) {
        0 => String::new(),
        1 => format!("{{\"name\": \"{secret}\""),
        2 => format!("{{\"name\": {{\"x\": [\"{secret}\"]}}}}"),
        3 => format!("{{\"name\": \"a\", \"{secret}\": 1}}"),
        4 => format!("[\"{secret}\"]"),
        5 => format!("{{\"a\": \"{secret}\", \"b\": 1}}"),
        6 => format!("{{\"pip_packages\": [\"{secret}\", \"a\\nb\"]}}"),
        7 => format!("{{\"payload\": {{\"x\": \"{secret}\"}}}}"),
        _ => format!("{{\"name\": \"{secret}\"}}"),
    }
}
