//! The ways of being broken, and what a caller is to be told.

use serde_json::{Value, json};

/// What the control plane says of itself in an error, which is nobody's business.
pub(super) const WORDS: &str = "db-7.internal said no";

/// One way of being broken.
pub(super) struct Mode {
    pub(super) name: &'static str,
    pub(super) how: How,
    /// The status of every route.
    pub(super) status: u16,
    pub(super) retry_after: &'static str,
    /// What the reference answers, where it was measured to answer otherwise.
    pub(super) reference: Option<u16>,
}

/// Who is broken.
pub(super) enum How {
    /// The embedded control plane, on request.
    Fault(Value),
    /// Nobody listens.
    Refused,
    /// A bare socket, which answers these bytes to every request and then
    /// stalls or closes.
    Socket { answer: &'static str, closes: bool },
    /// A bare socket where TLS is expected.
    Tls,
}

/// Beyond every deadline of the row.
const SLOW_MS: u64 = 5_000;

const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-ty";
const SHORT: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 99\r\n\r\nshort";
const ENDLESS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 2147483648\r\n\r\n";
const PROXY_503: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html\r\ncontent-length: 21\r\n\r\ndb-7.internal said no";
const PROXY_429: &str =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n";
const NO_HTTP: &str = "SSH-2.0-db-7.internal\r\n";

/// All of them.
pub(super) fn modes() -> Vec<Mode> {
    let mut modes = bare();
    modes.extend(faults());
    modes.extend(codes());
    modes
}

fn bare() -> Vec<Mode> {
    let socket = |answer, closes| How::Socket { answer, closes };
    vec![
        mode("refused", How::Refused, 503).after("5"),
        mode("tls_error", How::Tls, 503).after("5"),
        mode("half_open", socket("", false), 504),
        mode("half_a_header", socket(HALF, false), 504),
        mode("cut_in_the_header", socket(HALF, true), 503).after("5"),
        mode("wrong_length", socket(SHORT, true), 502).reference(401),
        mode("two_gib_announced", socket(ENDLESS, true), 502).reference(401),
        mode("proxy_503", socket(PROXY_503, true), 503)
            .after("5")
            .reference(401),
        mode("proxy_429", socket(PROXY_429, true), 429).after("9"),
        mode("no_http", socket(NO_HTTP, true), 502).reference(401),
    ]
}

fn faults() -> Vec<Mode> {
    let fault = |effect| How::Fault(effect);
    vec![
        mode("black_hole", fault(json!({"type": "black_hole"})), 504),
        mode(
            "slow_drip",
            fault(json!({"type": "slow_drip", "interval_ms": SLOW_MS})),
            504,
        ),
        mode("reset", fault(json!({"type": "reset"})), 503).after("5"),
        mode("cut_body", fault(json!({"type": "cut_body"})), 502).reference(401),
        mode("garbage", fault(json!({"type": "garbage"})), 502).reference(401),
        mode("html", fault(json!({"type": "html"})), 502).reference(401),
        mode(
            "wrong_content_type",
            fault(json!({"type": "wrong_content_type"})),
            502,
        ),
        mode("oversized", fault(json!({"type": "oversized"})), 502).reference(401),
        mode("gzip_bomb", fault(json!({"type": "gzip_bomb"})), 502).reference(401),
        mode(
            "echo_token",
            fault(json!({"type": "echo_token", "code": "internal"})),
            502,
        )
        .reference(401),
    ]
}

fn codes() -> Vec<Mode> {
    let code = |code, retry_after: Option<u32>| {
        let mut effect = json!({"type": "error", "code": code, "message": WORDS});
        if let Some(seconds) = retry_after {
            effect["retry_after"] = seconds.into();
        }
        How::Fault(effect)
    };
    vec![
        mode("429", code("resource_exhausted", Some(7)), 429).after("7"),
        mode("503", code("unavailable", Some(7)), 503)
            .after("7")
            .reference(401),
        mode("401", code("unauthenticated", None), 401),
        mode("403", code("permission_denied", None), 403),
        mode("404", code("not_found", None), 404),
        mode("409", code("already_exists", None), 409),
        mode("500", code("internal", None), 502).reference(401),
        mode("504", code("deadline_exceeded", None), 504),
    ]
}

fn mode(name: &'static str, how: How, status: u16) -> Mode {
    Mode {
        name,
        how,
        status,
        retry_after: "",
        reference: None,
    }
}

impl Mode {
    fn after(self, retry_after: &'static str) -> Self {
        Self {
            retry_after,
            ..self
        }
    }

    fn reference(self, status: u16) -> Self {
        Self {
            reference: Some(status),
            ..self
        }
    }
}
