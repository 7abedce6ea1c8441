//! The answers to deliveries that are not taken. A sender learns no more than it
//! needs to: why a signature is not believed is in the log.

use std::time::Duration;

use http::StatusCode;

use super::{Answer, RETRY_AFTER_OUTAGE, Source, no_audit, own};
use crate::{
    hooks::{Failure, Refused, Rejected},
    inbox,
};

/// Why a delivery is not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HookProblem {
    /// It is not believed, or nothing can be made of it.
    #[error("the delivery is rejected: {rejected}")]
    Rejected {
        /// The configured status for what is not believed.
        status: StatusCode,
        /// Why.
        rejected: Rejected,
    },
    /// There is no such delivery.
    #[error("no such delivery")]
    NoDelivery,
    /// What deliveries are to be shown is not known.
    #[error("no such filter")]
    NoFilter,
    /// There is no inbox.
    #[error("there is no inbox")]
    NoInbox,
    /// The inbox could not be read.
    #[error("the inbox could not be read")]
    Inbox(#[from] inbox::Error),
    /// What it starts could not be started.
    #[error("the delivery is refused")]
    Refused(#[source] Refused),
}

/// How soon a provider that can be told is to come again for a run in the queue.
const RETRY_AFTER_QUEUE: Duration = Duration::from_secs(10);

impl HookProblem {
    pub(super) fn answer(&self) -> Answer<'static> {
        match self {
            Self::Rejected { status, rejected } => rejection(*status, rejected),
            Self::Refused(refused) => refusal(refused),
            Self::NoDelivery => own(404, "delivery_not_found", "There is no such delivery"),
            Self::NoFilter => own(
                400,
                "filter_unknown",
                "Deliveries are shown by hook, state (pending, leased, launched, dead), before and limit",
            ),
            Self::NoInbox => own(
                404,
                "no_inbox",
                "There is no inbox; see inbox in the configuration",
            ),
            Self::Inbox(_) => inbox_failed(),
        }
    }
}

fn rejection(status: StatusCode, rejected: &Rejected) -> Answer<'static> {
    match rejected {
        Rejected::Unverified(_) => Answer {
            status,
            ..own(
                401,
                "bad_signature",
                "The delivery is not signed as it should be",
            )
        },
        Rejected::Unreadable(_) => own(400, "delivery_unreadable", "The delivery cannot be read"),
        Rejected::Unmapped { .. } => own(
            422,
            "delivery_unmapped",
            "A rule applies whose inputs the delivery does not have",
        ),
    }
}

fn inbox_failed() -> Answer<'static> {
    Answer {
        retryable: true,
        retry_after: Some(RETRY_AFTER_OUTAGE),
        ..own(
            503,
            "inbox_failed",
            "The inbox is full or fails; send the delivery again",
        )
    }
}

fn refusal(refused: &Refused) -> Answer<'static> {
    let retryable = |status, code, detail, wait| Answer {
        source: Source::ControlPlane,
        retryable: true,
        retry_after: Some(wait),
        ..own(status, code, detail)
    };
    match refused {
        Refused::Queued(_) => retryable(
            503,
            "run_queued",
            "The run has not begun yet; send the delivery again",
            RETRY_AFTER_QUEUE,
        ),
        Refused::Inbox(_) => inbox_failed(),
        Refused::Failed(Failure::Audit(_)) => no_audit(),
        Refused::Failed(failure) if failure.is_final() => own(
            422,
            failure.code(),
            "The run cannot be started; the log of this server says why",
        ),
        Refused::Failed(failure) => retryable(
            if failure.is_exhausted() { 429 } else { 503 },
            failure.code(),
            "The run could not be started; send the delivery again",
            failure.retry_after().unwrap_or(RETRY_AFTER_OUTAGE),
        ),
    }
}
