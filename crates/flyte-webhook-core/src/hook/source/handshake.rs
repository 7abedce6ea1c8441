//! What providers ask before they send events.

use serde_json::{Value as Answer, json};

use super::Source;
use crate::hook::{body, scheme::Delivery};

/// A question whether anyone is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Handshake {
    /// What the provider calls it.
    pub kind: &'static str,
    /// The JSON to answer, with 200.
    pub answer: Answer,
}

/// The handshake that a delivery is, of those that are signed.
pub(super) fn signed(source: Source, delivery: &Delivery<'_>) -> Option<Handshake> {
    let header = |name| delivery.headers().get(name);
    if source == Source::GitHub && header("x-github-event") == Some("ping") {
        let answer = json!({"ok": true, "ping": true});
        let kind = "ping";
        return Some(Handshake { kind, answer });
    }
    if source == Source::Bitbucket && header("x-event-key") == Some("diagnostics:ping") {
        let answer = json!({"ok": true});
        let kind = "diagnostics:ping";
        return Some(Handshake { kind, answer });
    }
    let is_slack = source == Source::Slack;
    let slack = || challenge(delivery.body()).or_else(|| ssl_check(delivery.body()));
    is_slack.then(slack).flatten()
}

/// The handshake that a delivery is, of those that are not signed.
pub(super) fn unsigned(source: Source, delivery: &Delivery<'_>) -> Option<Handshake> {
    let is_slack = source == Source::Slack;
    is_slack.then(|| ssl_check(delivery.body())).flatten()
}

/// Slack's `url_verification`, which wants its challenge back.
fn challenge(body: &[u8]) -> Option<Handshake> {
    const KIND: &str = "url_verification";
    // Ordinary events are not read twice.
    if !contains(body, KIND.as_bytes()) {
        return None;
    }
    let payload = body::object(body).ok()?;
    let root = payload.root();
    let is_it = root.get("type").text() == Some(KIND);
    let challenge = root.get("challenge").text().unwrap_or_default();
    is_it.then(|| Handshake {
        kind: KIND,
        answer: json!({"challenge": challenge}),
    })
}

/// Slack's look at the certificate. The form that it sends has its token, but
/// not always a signature.
fn ssl_check(body: &[u8]) -> Option<Handshake> {
    const KIND: &str = "ssl_check";
    if !contains(body, KIND.as_bytes()) {
        return None;
    }
    let fields = body::form(body)?.ok()?;
    let is_it = fields.get(KIND).is_some_and(|value| !value.is_empty());
    let is_only_it = !fields.contains_key("payload") && !fields.contains_key("command");
    (is_it && is_only_it).then(|| Handshake {
        kind: KIND,
        answer: json!({"ok": true}),
    })
}

fn contains(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}
