//! What can go wrong between this server and an app.

use std::{io, sync::Arc};

use flyte_webhook_core::app_url::{EndpointError, PathError};

use crate::egress::{self, connection};

/// A call that came to no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The control plane's record has no endpoint that a call could go to.
    #[error("the app's endpoint cannot be called: {0}")]
    Endpoint(#[from] EndpointError),
    /// The path leads away from the endpoint.
    #[error("the path {0}")]
    Path(#[from] PathError),
    /// This server itself is what answers at the endpoint.
    #[error("the app's endpoint is this server")]
    Own,
    /// The egress guard refuses the endpoint.
    #[error("the app's endpoint is refused")]
    Refused(#[from] egress::Error),
    /// The caller's credentials would go out in clear text.
    #[error("the app's endpoint is plain HTTP")]
    Plain,
    /// The path and the query are longer than servers take; nothing was sent.
    #[error("the path and the query are too long")]
    TargetTooLong,
    /// No connection; nothing was sent.
    #[error("the app could not be reached")]
    Unreachable(#[source] Arc<io::Error>),
    /// The connection broke, or what came is no HTTP.
    #[error("the app's answer broke off")]
    Broken(#[source] Arc<hyper::Error>),
    /// No whole answer in time.
    #[error("the app did not answer in time")]
    Timeout,
    /// An answer over the limit.
    #[error("the app's answer has more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// All answers together would take more memory than they may.
    #[error("too many answers of apps are being read")]
    Overloaded,
    /// As many calls of this app go on as may.
    #[error("{limit} calls of the app go on")]
    Busy {
        /// The limit.
        limit: usize,
    },
}

impl Error {
    /// What went wrong, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Endpoint(_) | Self::Path(_) | Self::Own | Self::TargetTooLong => "no_target",
            Self::Refused(_) | Self::Plain => "forbidden",
            Self::Unreachable(_) => "unreachable",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Overloaded | Self::Busy { .. } => "overloaded",
        }
    }

    pub(super) fn broken(error: hyper::Error) -> Self {
        Self::Broken(Arc::new(error))
    }
}

impl From<connection::Error> for Error {
    fn from(error: connection::Error) -> Self {
        match error {
            connection::Error::Refused(refused) => Self::Refused(refused),
            connection::Error::Unreachable(error) => Self::Unreachable(error),
            connection::Error::Broken(error) => Self::Broken(error),
            connection::Error::TargetTooLong => Self::TargetTooLong,
        }
    }
}
