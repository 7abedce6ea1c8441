//! The task that owns the inbox, and says how it is.

use std::time::Duration;

use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::{Inbox, store};
use crate::metrics::Metrics;

/// How often the inbox is measured.
const MEASURED: Duration = Duration::from_secs(5);

/// The task that owns the store: it writes, sweeps, measures, and opens anew what has
/// failed.
pub struct Keeper {
    pub(super) store: store::Keeper,
    pub(super) inbox: Inbox,
}

impl Keeper {
    /// Runs until it is told to stop, and then finishes what was asked of it.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::select! {
            () = self.store.run(shutdown) => {}
            never = measure(&self.inbox) => match never {},
        }
    }
}

async fn measure(inbox: &Inbox) -> std::convert::Infallible {
    let mut ticks = interval(MEASURED);
    loop {
        ticks.tick().await;
        // What fails is told where it is of consequence.
        if let Ok(status) = inbox.status().await {
            let (oldest, bytes) = (status.oldest.unwrap_or_default(), status.bytes);
            let metrics: &Metrics = &inbox.metrics;
            metrics.inbox_measured(status.pending, oldest, status.dead, bytes);
        }
    }
}
