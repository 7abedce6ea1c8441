//! The values of a hook, checked one by one; an error says what to write.

use flyte_webhook_core::{api_key::ApiKey, endpoint::Endpoint};
use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Ack;

/// The longest token; with its scheme it is a header.
const LONGEST_TOKEN: usize = 8_000;

/// The first segments of paths that are something else's.
const TAKEN: [&str; 8] = [
    "webhook",
    "docs",
    "redoc",
    "openapi.json",
    "livez",
    "readyz",
    "metrics",
    "api",
];

/// Checks now what would else fail with the first delivery.
pub(super) fn token(token: &SecretString, endpoint: &Url) -> Result<(), &'static str> {
    let text = token.expose_secret();
    let is_token = text.bytes().all(|b| b.is_ascii_graphic());
    if text.is_empty() || text.len() > LONGEST_TOKEN || !is_token {
        return Err("is no token; write one without spaces, and without the word Bearer");
    }
    match ApiKey::parse(text) {
        Some(key) if !key.is_for(endpoint) => Err(
            "is an API key for another control plane than control_plane.endpoint; get one for this",
        ),
        Some(_) | None => Ok(()),
    }
}

/// When a delivery is acknowledged.
pub(super) fn ack(word: Option<&str>, has_inbox: bool) -> Result<Ack, &'static str> {
    match word {
        None | Some("launched") => Ok(Ack::Launched),
        Some("stored") if has_inbox => Ok(Ack::Stored),
        Some("stored") => {
            Err("needs an inbox to store deliveries in; write inbox.path or inbox.postgres_url")
        }
        Some(_) => Err("is none of the known words; write launched or stored"),
    }
}

/// Another path, which must be none of this server's.
pub(super) fn path(path: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_segment = |it: &str| {
        let dots = it.bytes().all(|b| b == b'.');
        !it.is_empty() && !dots && it.bytes().all(plain)
    };
    let segments = path
        .strip_prefix('/')
        .filter(|it| it.split('/').all(is_segment));
    let Some(segments) = segments else {
        return Err("is no path; write one such as /github-webhook");
    };
    let first = segments.split('/').next().unwrap_or_default();
    let endpoints = Endpoint::ALL;
    let of_endpoint = |endpoint: Endpoint| endpoint.path().split('/').nth(1) == Some(first);
    let is_taken = TAKEN.contains(&first)
        || first == "run-task-and-wait"
        || endpoints.into_iter().any(of_endpoint);
    if is_taken {
        return Err("begins as a path of this server does; write another, such as /github-webhook");
    }
    Ok(())
}

/// The status for a delivery that is not believed.
pub(super) fn reject_status(status: Option<u16>) -> Result<StatusCode, &'static str> {
    match status {
        None | Some(401) => Ok(StatusCode::UNAUTHORIZED),
        Some(400) => Ok(StatusCode::BAD_REQUEST),
        Some(403) => Ok(StatusCode::FORBIDDEN),
        Some(404) => Ok(StatusCode::NOT_FOUND),
        Some(_) => Err("is no status for this; write 401, 400, 403 or 404"),
    }
}

/// The largest body; no larger than others may be.
pub(super) fn limit(bytes: Option<u64>, most: usize) -> Result<usize, String> {
    let Some(bytes) = bytes else {
        return Ok(most);
    };
    let bytes = usize::try_from(bytes).ok();
    let bytes = bytes.filter(|bytes| (1..=most).contains(bytes));
    bytes.ok_or_else(|| {
        format!("is out of range; write 1 to {most}, which is limits.max_body_bytes")
    })
}
