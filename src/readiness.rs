//! Whether this server should be sent requests.

use tokio_util::sync::CancellationToken;

use crate::inbox::Inbox;

/// Whether this server should be sent requests: cheap to clone, and the same for
/// as long as the process lives.
#[derive(Clone)]
pub struct Readiness {
    shutdown: CancellationToken,
    /// Where what is accepted is kept, if anywhere.
    inbox: Option<Inbox>,
}

impl Readiness {
    /// Ready until `shutdown`.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            shutdown,
            inbox: None,
        }
    }

    /// The same where deliveries are kept: not ready while they would be refused.
    #[must_use]
    pub fn keeping(self, inbox: Inbox) -> Self {
        Self {
            inbox: Some(inbox),
            ..self
        }
    }

    /// Whether this server should be sent requests.
    pub fn is_ready(&self) -> bool {
        let keeps = self
            .inbox
            .as_ref()
            .is_none_or(|inbox| inbox.ready().is_ok());
        keeps && !self.shutdown.is_cancelled()
    }
}
