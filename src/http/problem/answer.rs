//! The facts of an answer to a problem.

use std::{borrow::Cow, fmt, time::Duration};

use http::StatusCode;
use serde_json::value::RawValue;

use crate::http::Violation;

/// Who caused an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The request, or this server.
    Webhook,
    /// The control plane behind it.
    ControlPlane,
    /// Another app.
    App,
}

impl Source {
    /// The word in the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::ControlPlane => "control_plane",
            Self::App => "app",
        }
    }
}

/// The facts of an answer, but for the request's own.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// Who caused it.
    pub source: Source,
    /// Whether the same request may succeed later, and does no harm then.
    pub retryable: bool,
    /// What to tell the caller.
    pub detail: Cow<'a, str>,
    /// All that does not fit, where that is the problem.
    pub violations: &'a [Violation],
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// Further members of the body, an object.
    pub members: Option<&'a RawValue>,
}

/// An answer of this server's own that more of the same does not change.
pub(super) fn own<'a>(
    status: u16,
    code: &'static str,
    detail: impl Into<Cow<'a, str>>,
) -> Answer<'a> {
    Answer {
        status: StatusCode::from_u16(status).expect("a status of this module"),
        code,
        source: Source::Webhook,
        retryable: false,
        detail: detail.into(),
        violations: &[],
        retry_after: None,
        members: None,
    }
}

/// The answer where something is not there.
pub(super) fn missing(code: &'static str, what: fmt::Arguments<'_>) -> Answer<'static> {
    own(404, code, format!("{what} not found"))
}
