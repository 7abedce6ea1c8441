//! What can go wrong between this server and an app.

use std::{error::Error as _, sync::Arc};

use flyte_webhook_core::{
    app_url::{EndpointError, PathError},
    url_guard::Refusal,
};

use crate::egress;

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
    /// No connection; nothing was sent.
    #[error("the app could not be reached")]
    Unreachable(#[source] Arc<reqwest::Error>),
    /// The connection broke, or what came is no HTTP.
    #[error("the app's answer broke off")]
    Broken(#[source] Arc<reqwest::Error>),
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
}

impl Error {
    /// The URL is left out of what is kept: it may be nobody's business.
    pub(super) fn from_send(error: reqwest::Error) -> Self {
        let error = error.without_url();
        match refusal(&error) {
            Some(refusal) => Self::Refused(refusal.into()),
            None if error.is_connect() => Self::Unreachable(Arc::new(error)),
            None => Self::Broken(Arc::new(error)),
        }
    }

    pub(super) fn from_body(error: reqwest::Error) -> Self {
        Self::Broken(Arc::new(error.without_url()))
    }
}

/// The guard's refusal, if it is what kept a connection from being made.
fn refusal(error: &reqwest::Error) -> Option<Refusal> {
    let mut cause = error.source();
    while let Some(error) = cause {
        // An I/O error hides what it was made of from its own source.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<Refusal>());
        if let Some(refusal) = inner.or_else(|| error.downcast_ref()) {
            return Some(refusal.clone());
        }
        cause = error.source();
    }
    None
}
