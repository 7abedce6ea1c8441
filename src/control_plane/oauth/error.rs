//! What can go wrong while a key is exchanged.

use std::{sync::Arc, time::Duration};

use http::StatusCode;

use crate::{control_plane, egress};

/// A key that was not exchanged. The authorization server's own words are left
/// out: they may repeat the key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The control plane does not say where its authorization server is.
    #[error("the authorization server could not be discovered")]
    Discovery(#[from] control_plane::Error),
    /// The address may not be connected to.
    #[error("the address of the authorization server is refused")]
    Address(#[from] egress::Error),
    /// The secret would be sent in clear text.
    #[error("the address of the authorization server is not https")]
    Plain,
    /// The authorization server does not know the client, or not this secret.
    #[error("the authorization server refuses the key")]
    Refused,
    /// It is down, or has too much to do.
    #[error("the authorization server answered {status}")]
    Unavailable {
        /// The status.
        status: StatusCode,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// It cannot be reached, or the connection broke.
    #[error("the authorization server could not be reached")]
    Unreachable(#[source] Arc<reqwest::Error>),
    /// It did not answer in time.
    #[error("the authorization server did not answer in time")]
    Timeout,
    /// Its answer is no token and no refusal.
    #[error("the authorization server's answer makes no sense: {0}")]
    Malformed(&'static str),
}

impl Error {
    /// Whether the authorization server has judged the key.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused)
    }

    /// How long the other side asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Discovery(error) => error.retry_after(),
            Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Address(_)
            | Self::Plain
            | Self::Refused
            | Self::Unreachable(_)
            | Self::Timeout
            | Self::Malformed(_) => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        if let Some(refusal) = egress::Error::within(&error) {
            return Self::Address(refusal);
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        Self::Unreachable(Arc::new(error.without_url()))
    }
}
