//! What the Connect client reports, sorted by what it says of a call.

use std::{sync::Arc, time::Duration};

use connectrpc::{ConnectError, ErrorCode};
use http::header::RETRY_AFTER;

use super::Error;
use crate::control_plane::{Caller, transport};

/// The longest `Retry-After` that is passed on.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

impl Error {
    /// Sorts what the Connect client reports.
    ///
    /// The client uses Connect's codes also for what goes wrong on this side of
    /// the wire; the status that the transport notes tells the two apart.
    pub(in crate::control_plane) fn new(error: ConnectError, caller: &Caller) -> Self {
        let message = caller.scrub(error.message.as_deref().unwrap_or_default());
        let is_timeout = error.code == ErrorCode::DeadlineExceeded;
        let headers = error.response_headers();
        match transport::status(headers) {
            None if let Some(retry_in) = transport::not_called(headers) => {
                Self::NotCalled { retry_in }
            }
            None if is_timeout => Self::Timeout,
            // Something came, but no HTTP.
            None if error.code == ErrorCode::Internal => Self::Malformed { message },
            None => Self::Unreachable(Arc::new(error)),
            Some(status) if status.is_success() && is_timeout => Self::Timeout,
            Some(status) if status.is_success() => Self::Malformed { message },
            Some(status)
                if error.code == ErrorCode::ResourceExhausted && status.as_u16() != 429 =>
            {
                Self::Malformed { message }
            }
            Some(status) => Self::Answered {
                // A proxy's bare 429 is a quota, for which Connect has no rule
                // of its own: its client takes it for an outage.
                code: match status.as_u16() {
                    429 => ErrorCode::ResourceExhausted,
                    _ => error.code,
                },
                message,
                retry_after: retry_after(&error),
            },
        }
    }
}

/// The seconds form of `Retry-After`; the date form would need a common clock.
fn retry_after(error: &ConnectError) -> Option<Duration> {
    let value = error.response_headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = value.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}
