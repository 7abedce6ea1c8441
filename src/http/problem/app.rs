//! The answers to what goes wrong with other apps.

use flyte_webhook_core::app_url::EndpointError;
use http::StatusCode;

use super::{Answer, RETRY_AFTER_OUTAGE, Source, own, upstream};
use crate::{app_client, control_plane::AppWaitError};

/// What goes wrong about another app.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppProblem {
    /// There is no such app.
    #[error("app {0} not found")]
    NotFound(String),
    /// The app that was asked for is this server; what was asked, as the rest
    /// of a sentence.
    #[error("it would {0} itself")]
    Own(&'static str),
    /// The app did not come to where it should while the request waited.
    #[error("waiting for app {name} failed")]
    Wait {
        /// What was asked, as a verb.
        verb: &'static str,
        /// The app.
        name: String,
        /// What went wrong.
        source: AppWaitError,
    },
    /// The call of an app came to no answer.
    #[error("calling app {name} failed")]
    Call {
        /// The app.
        name: String,
        /// The path, as it was asked for.
        path: String,
        /// What went wrong.
        source: app_client::Error,
    },
    /// The app answered with an error.
    #[error("the app answered {status}")]
    Answered {
        /// Its status.
        status: StatusCode,
        /// Its words.
        body: String,
    },
    /// The app answered with a status that is no answer.
    #[error("the app answered {0}")]
    UnknownStatus(StatusCode),
    /// The app answered with success and what is no text.
    #[error("the app's answer is no text")]
    NotText,
}

impl AppProblem {
    pub(super) fn answer(&self) -> Answer<'_> {
        match self {
            Self::NotFound(name) => own(404, "app_not_found", format!("App {name} not found")),
            Self::Own(what) => own(400, "own_app", format!("Cannot {what} self")),
            Self::Wait { verb, name, source } => wait(verb, name, source),
            Self::Call { name, path, source } => call(name, path, source),
            Self::Answered { status, body } => answered(*status, body),
            Self::UnknownStatus(status) => bad_answer(format!(
                "The target app answered with the status {}, which is no answer",
                status.as_u16()
            )),
            Self::NotText => {
                bad_answer("The target app's answer is neither JSON nor UTF-8 text".to_owned())
            }
        }
    }
}

/// The answer where an app did not come to where it should.
fn wait(verb: &str, name: &str, error: &AppWaitError) -> Answer<'static> {
    match error {
        AppWaitError::Failed => app(
            502,
            "app_failed",
            format!("Failed to {verb} app {name}: App deployment for app {name} has failed!"),
        ),
        AppWaitError::Timeout => Answer {
            retryable: true,
            ..app(
                504,
                "app_wait_timeout",
                format!(
                    "Failed to {verb} app {name}: it did not get there within limits.max_wait; \
                     GET /app/{name} says how far it is"
                ),
            )
        },
        AppWaitError::ControlPlane(error) => upstream::answer("Waiting for the app", error),
    }
}

/// The answer where a call came to no answer.
#[expect(clippy::too_many_lines, reason = "flat table")]
fn call(name: &str, path: &str, error: &app_client::Error) -> Answer<'static> {
    use app_client::Error;

    let detail = |why: &str| format!("Failed to call app {name} endpoint {path}: {why}");
    match error {
        Error::Endpoint(EndpointError::Empty) => app(
            409,
            "app_not_active",
            detail("the app has no endpoint yet; activate it first"),
        ),
        Error::Endpoint(error) => app(
            502,
            "app_endpoint_refused",
            detail(&format!("the app's endpoint cannot be called: {error}")),
        ),
        Error::Path(error) => own(422, "invalid", detail(&format!("the path {error}"))),
        Error::TargetTooLong => own(
            422,
            "invalid",
            detail("path and query_params make more than 32 KiB; send them as payload"),
        ),
        Error::Own => own(400, "own_app", "Cannot call self"),
        Error::Plain => app(
            502,
            "app_endpoint_refused",
            detail(
                "credentials go to an endpoint of plain HTTP only where egress.allow names its host",
            ),
        ),
        Error::Refused(_) => app(
            502,
            "app_endpoint_refused",
            detail("egress.allow does not permit the app's endpoint"),
        ),
        Error::Unreachable(_) => Answer {
            retryable: true,
            ..app(502, "app_unreachable", detail("the app cannot be reached"))
        },
        Error::Broken(_) => app(
            502,
            "app_bad_answer",
            detail("the app's answer broke off or is no HTTP"),
        ),
        Error::Timeout => app(504, "app_timeout", detail("the app did not answer in time")),
        Error::TooLarge { limit } => app(
            502,
            "app_answer_too_large",
            detail(&format!(
                "the app's answer has more than the {limit} bytes that \
                 call_app.max_response_bytes allows"
            )),
        ),
        Error::Overloaded => Answer {
            retryable: true,
            retry_after: Some(RETRY_AFTER_OUTAGE),
            ..own(
                503,
                "overloaded",
                detail("too many answers of apps are being read; try again later"),
            )
        },
        Error::Busy { limit } => Answer {
            retryable: true,
            retry_after: Some(RETRY_AFTER_OUTAGE),
            ..own(
                503,
                "app_busy",
                detail(&format!(
                    "{limit} calls of the app go on, as many as call_app.max_calls_per_app \
                     allows; try again later"
                )),
            )
        },
    }
}

/// The answer that repeats an app's own error.
fn answered(status: StatusCode, body: &str) -> Answer<'static> {
    let code = if status.is_redirection() {
        "app_redirect"
    } else {
        "app_error"
    };
    Answer {
        status,
        retryable: matches!(status.as_u16(), 429 | 503),
        ..app(502, code, format!("Target app returned error: {body}"))
    }
}

/// The answer where an app's own cannot be passed on.
fn bad_answer(detail: String) -> Answer<'static> {
    app(502, "app_bad_answer", detail)
}

fn app(status: u16, code: &'static str, detail: String) -> Answer<'static> {
    Answer {
        source: Source::App,
        ..own(status, code, detail)
    }
}
