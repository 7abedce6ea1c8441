//! Whether what a caller was told is right.

use std::time::Duration;

use super::{TOKEN, mode::Mode};

/// The deadline of a call and a tenth of it.
const LATEST: Duration = Duration::from_millis(2_200);

/// Pieces of what the neighbours say.
const THEIRS: [&str; 6] = ["db-7", "garbage", "Sign in", "SSH", "short", "127.0.0.1"];

/// What one route answered.
pub(super) struct Observation {
    pub(super) route: &'static str,
    pub(super) status: u16,
    pub(super) retry_after: String,
    pub(super) text: String,
    pub(super) took: Duration,
}

/// Everything wrong with it.
pub(super) fn complaints(mode: &Mode, seen: &Observation) -> Vec<String> {
    let Observation {
        route,
        status,
        retry_after,
        text,
        took,
    } = seen;
    let relayed = THEIRS.iter().any(|theirs| text.contains(theirs));
    let token = TOKEN
        .as_bytes()
        .windows(12)
        .any(|piece| text.contains(&*String::from_utf8_lossy(piece)));
    let expectations = [
        (
            *status == mode.status,
            format!("status {status} in place of {}", mode.status),
        ),
        (
            retry_after == mode.retry_after,
            format!("Retry-After {retry_after:?}"),
        ),
        (*took <= LATEST, format!("took {took:?}")),
        (
            text.contains(r#""source":"control_plane""#) || *status == 404,
            format!("blames another: {text}"),
        ),
        (
            !relayed && !token,
            format!("repeats what is not its own: {text}"),
        ),
    ];
    let broken = expectations.into_iter().filter(|(holds, _)| !holds);
    broken
        .map(|(_, what)| format!("{} {route}: {what}", mode.name))
        .collect()
}

/// What the reference answers to `GET /me`, where it differs.
pub(super) fn reference(mode: &Mode) -> Option<Observation> {
    mode.reference.map(|status| Observation {
        route: "me",
        status,
        retry_after: mode.retry_after.to_owned(),
        text: r#"{"detail":"Authentication failed","source":"control_plane"}"#.to_owned(),
        took: Duration::ZERO,
    })
}
