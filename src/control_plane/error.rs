//! What can go wrong between this server and the control plane.

mod answer;

use std::{sync::Arc, time::Duration};

use connectrpc::{ConnectError, ErrorCode};
use flyte_webhook_core::id::RunName;

use super::{RunId, UploadError};
use crate::egress;

/// A call that did not succeed.
///
/// The upstream's own words are for the log only; what a client is told is made
/// from the variant.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The control plane answered with a Connect code.
    #[error("the control plane answered {}: {message:?}", code.as_str())]
    Answered {
        /// The code, as it came.
        code: ErrorCode,
        /// The message, scrubbed of the caller's credentials.
        message: String,
        /// How long the control plane asks to wait.
        retry_after: Option<Duration>,
    },
    /// No connection, or one that broke before an answer.
    #[error("the control plane could not be reached")]
    Unreachable(#[source] Arc<ConnectError>),
    /// The call was not made, since such calls failed again and again.
    #[error("the control plane is not called for {} ms", retry_in.as_millis())]
    NotCalled {
        /// When the next call is tried.
        retry_in: Duration,
    },
    /// No answer by the deadline.
    #[error("the control plane did not answer in time")]
    Timeout,
    /// An answer that is none: no Connect, cut off, or too large.
    #[error("the control plane's answer makes no sense: {message:?}")]
    Malformed {
        /// What was wrong with it, scrubbed of the caller's credentials.
        message: String,
    },
    /// An answer about something else than what was asked for.
    #[error("the control plane answered about another {0} than the one asked for")]
    Mismatched(&'static str),
    /// Whether the run was started is not known.
    #[error("run {run} may have been started")]
    Uncertain {
        /// The name under which it would be found.
        run: RunName,
        /// What the last attempt came to.
        source: Box<Error>,
    },
    /// The control plane named a cluster endpoint that may not have the
    /// caller's credentials.
    #[error("the cluster endpoint is refused")]
    ClusterEndpoint(#[from] egress::Error),
    /// A file that a run was to read could not be stored.
    #[error("a file could not be stored")]
    Upload(#[from] UploadError),
}

impl Error {
    /// Whether the call never took effect or may be made again without harm
    /// where it is idempotent.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_)
                | Self::NotCalled { .. }
                | Self::Answered {
                    code: ErrorCode::Unavailable,
                    ..
                }
        )
    }

    /// Whether the next call may succeed, so soon after this one.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Answered { code, .. } => matches!(
                code,
                ErrorCode::Unavailable | ErrorCode::Internal | ErrorCode::Unknown
            ),
            Self::NotCalled { .. }
            | Self::Timeout
            | Self::Malformed { .. }
            | Self::Mismatched(_)
            | Self::Uncertain { .. }
            | Self::ClusterEndpoint(_)
            | Self::Upload(_) => false,
        }
    }

    /// Whether the call had no effect, as far as the answer tells: a code that
    /// the control plane gives before it acts.
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Answered { code, .. } => !matches!(
                code,
                ErrorCode::Unavailable
                    | ErrorCode::DeadlineExceeded
                    | ErrorCode::Internal
                    | ErrorCode::Unknown
                    | ErrorCode::Aborted
                    | ErrorCode::Canceled
                    | ErrorCode::DataLoss
            ),
            Self::NotCalled { .. }
            | Self::Mismatched(_)
            | Self::ClusterEndpoint(_)
            | Self::Upload(_) => true,
            Self::Unreachable(_)
            | Self::Timeout
            | Self::Malformed { .. }
            | Self::Uncertain { .. } => false,
        }
    }

    /// Whether the control plane said what went wrong.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Answered { .. })
    }

    /// Whether the control plane said that the name is taken.
    pub fn is_already_exists(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                code: ErrorCode::AlreadyExists,
                ..
            }
        )
    }

    /// An answer in which something is missing.
    pub(super) fn incomplete(what: &str) -> Self {
        Self::Malformed {
            message: what.to_owned(),
        }
    }

    /// The same failure of starting a run that may exist nevertheless.
    pub(super) fn uncertain(self, id: &RunId) -> Self {
        Self::Uncertain {
            run: id.name.clone(),
            source: Box::new(self),
        }
    }

    /// The same failure for a caller who may ask again without harm, since
    /// whatever was started is found by its name.
    #[must_use]
    pub fn repeatable(self) -> Self {
        if let Self::Uncertain { source, .. } = self {
            *source
        } else {
            self
        }
    }

    /// How long the control plane asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answered { retry_after, .. } => *retry_after,
            Self::NotCalled { retry_in } => Some(*retry_in),
            Self::Uncertain { source, .. } => source.retry_after(),
            Self::Unreachable(_)
            | Self::Timeout
            | Self::Malformed { .. }
            | Self::Mismatched(_)
            | Self::ClusterEndpoint(_)
            | Self::Upload(_) => None,
        }
    }

    /// Whether the control plane said that there is no such thing.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::Mismatched(_)
                | Self::Answered {
                    code: ErrorCode::NotFound,
                    ..
                }
        )
    }

    /// Whether the control plane said that there is no run of the name. The
    /// open-source one says "not found" also where its database failed to answer.
    pub(super) fn is_no_run(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                code: ErrorCode::NotFound,
                message,
                ..
            } if !message.starts_with("failed to")
        )
    }

    /// Whether a quota is used up.
    pub fn is_exhausted(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                code: ErrorCode::ResourceExhausted,
                ..
            }
        )
    }

    /// Whether the control plane did not take the credentials.
    pub fn is_unauthenticated(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                code: ErrorCode::Unauthenticated,
                ..
            }
        )
    }

    /// Whether the control plane does not let the caller do this.
    pub fn is_denied(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                code: ErrorCode::Unauthenticated | ErrorCode::PermissionDenied,
                ..
            }
        )
    }

    /// What leaves open whether there is a run.
    pub fn unknown_run() -> Self {
        Self::Answered {
            code: ErrorCode::Unavailable,
            message: "whether there is a run is not known".to_owned(),
            retry_after: None,
        }
    }

    /// Whether asking again for the same would give the same answer.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Mismatched(_) | Self::ClusterEndpoint(_) => true,
            Self::Answered { code, .. } => matches!(
                code,
                ErrorCode::NotFound
                    | ErrorCode::PermissionDenied
                    | ErrorCode::Unauthenticated
                    | ErrorCode::InvalidArgument
                    | ErrorCode::Unimplemented
            ),
            Self::Unreachable(_)
            | Self::NotCalled { .. }
            | Self::Timeout
            | Self::Malformed { .. }
            | Self::Uncertain { .. }
            | Self::Upload(_) => false,
        }
    }
}
