//! How serving ends without losing a request.
//!
//! Whoever sends requests here learns with a delay that this server stops: so it
//! goes on accepting for a while and asks, in every answer, not to be sent more on
//! the same connection. Only then it stops to accept, and finishes what goes on.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The two steps of a stop, and how long they may take.
#[derive(Clone, Debug)]
pub struct Drain {
    draining: Draining,
    closing: CancellationToken,
    /// How long connections are accepted after the stop was asked for.
    pub delay: Duration,
    /// How long requests may take to finish after that.
    pub grace: Duration,
}

/// Whether this server is about to stop, so that it should be sent nothing new.
#[derive(Clone, Debug)]
pub struct Draining(CancellationToken);

impl Draining {
    /// Whether a stop was asked for.
    pub fn is_on(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns when a stop is asked for.
    pub async fn started(&self) {
        self.0.cancelled().await;
    }
}

impl Drain {
    /// A stop that `shutdown` asks for.
    pub fn new(shutdown: CancellationToken, delay: Duration, grace: Duration) -> Self {
        Self {
            draining: Draining(shutdown),
            closing: CancellationToken::new(),
            delay,
            grace,
        }
    }

    /// What tells that this server is about to stop.
    pub fn draining(&self) -> &Draining {
        &self.draining
    }

    /// Cancelled when nothing is accepted any more.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Returns when it is time to stop accepting.
    pub(super) async fn is_due(&self) {
        self.draining.started().await;
        sleep(self.delay).await;
    }
}
