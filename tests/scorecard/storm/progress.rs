//! How much has been sent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;

/// Sends that are counted, of which there are so many.
#[derive(Clone)]
pub(super) struct Progress {
    next: Arc<AtomicUsize>,
    all: usize,
}

impl Progress {
    pub(super) fn new(all: usize) -> Self {
        let next = Arc::default();
        Self { next, all }
    }

    /// The number of the next send, if there is one.
    pub(super) fn next(&self) -> Option<usize> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        (next < self.all).then_some(next)
    }

    /// Waits for a moment at random within one of so many parts of all sends.
    pub(super) async fn reached(&self, part: usize, parts: usize) {
        let share = rand::random_range(0.0..1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "numbers of sends"
        )]
        let moment = ((part as f64 + share) / parts as f64 * self.all as f64) as usize;
        while self.next.load(Ordering::Relaxed) < moment {
            sleep(Duration::from_millis(1)).await;
        }
    }
}
