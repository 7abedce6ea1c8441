//! Why a task's request was not made, or came to no answer. The texts reach the
//! engine's users: they name no secret, and no address that they did not write.

use std::time::Duration;

use flyte_webhook_core::{literal, template};

use crate::egress::{self, connection};

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Template(#[from] template::Error),
    #[error("The task's definition cannot be read: {0}")]
    Definition(literal::Error),
    #[error("The input {name} cannot be read: {error}")]
    Input { name: String, error: literal::Error },
    #[error("The task's {key} has to be {expected}.")]
    Key {
        key: &'static str,
        expected: &'static str,
    },
    #[error("The method {method} is not allowed; connector.methods lists those that are.")]
    Method { method: String },
    #[error("Request URL is missing an 'http://' or 'https://' protocol.")]
    Scheme,
    #[error("The task's url is no URL.")]
    NoUrl,
    #[error(
        "The task's url has to begin with scheme and host as text; inputs may say them only with connector.hosts_from_inputs."
    )]
    HostFromInput,
    #[error("The URL is refused: {0}.")]
    Refused(egress::Error),
    #[error("The secret {name} may not be sent to this host; connector.secrets lists its hosts.")]
    SecretHost { name: String },
    #[error("The secret {name} may not follow the webhook's redirect.")]
    SecretRedirect { name: String },
    #[error("The header {name:?} is no task's to set.")]
    Header { name: String },
    #[error(
        "The value of the header {name:?} cannot be sent; it has to be one line of ASCII text."
    )]
    HeaderValue { name: String },
    #[error("Out of range float values are not JSON compliant.")]
    NotJson,
    #[error("No connection to the webhook could be made.")]
    Unreachable(#[source] connection::Error),
    #[error("The webhook's answer broke off.")]
    Broken(#[source] connection::Error),
    #[error("The path and the query of the URL are too long.")]
    TargetTooLong,
    #[error("The webhook did not answer in time ({} s).", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("The webhook's answer has more than {limit} bytes.")]
    TooLarge { limit: usize },
    #[error("The webhook's answer is compressed in a way that cannot be read.")]
    Compressed,
    #[error("The webhook redirects more than {limit} times.")]
    Redirects { limit: usize },
}

impl Error {
    /// The error as metrics have it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Broken(_) | Self::Compressed => "broken",
            Self::Timeout(_) => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Refused(_)
            | Self::SecretHost { .. }
            | Self::SecretRedirect { .. }
            | Self::HostFromInput => "refused",
            Self::Template(_)
            | Self::Definition(_)
            | Self::Input { .. }
            | Self::Key { .. }
            | Self::Method { .. }
            | Self::Scheme
            | Self::NoUrl
            | Self::Header { .. }
            | Self::HeaderValue { .. }
            | Self::NotJson
            | Self::TargetTooLong
            | Self::Redirects { .. } => "invalid",
        }
    }

    /// The key of the configuration that refused the task, if one did.
    pub(super) fn denied_by(&self) -> Option<&'static str> {
        match self {
            Self::Refused(_) => Some("egress.allow"),
            Self::HostFromInput => Some("connector.hosts_from_inputs"),
            Self::SecretHost { .. } | Self::SecretRedirect { .. } => Some("connector.secrets"),
            Self::Method { .. } => Some("connector.methods"),
            Self::Template(_)
            | Self::Definition(_)
            | Self::Input { .. }
            | Self::Key { .. }
            | Self::Scheme
            | Self::NoUrl
            | Self::Header { .. }
            | Self::HeaderValue { .. }
            | Self::NotJson
            | Self::Unreachable(_)
            | Self::Broken(_)
            | Self::TargetTooLong
            | Self::Timeout(_)
            | Self::TooLarge { .. }
            | Self::Compressed
            | Self::Redirects { .. } => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Broken(_) | Self::Timeout(_)
        )
    }
}

impl From<connection::Error> for Error {
    fn from(error: connection::Error) -> Self {
        match error {
            connection::Error::Refused(refused) => Self::Refused(refused),
            connection::Error::Unreachable(_) => Self::Unreachable(error),
            connection::Error::Broken(_) => Self::Broken(error),
            connection::Error::TargetTooLong => Self::TargetTooLong,
        }
    }
}
