//! What goes on on one connection: shared by what reads it, what answers it and
//! what decides when it has been idle for too long.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::front::Refusal;

/// The requests of a connection.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    in_flight: AtomicUsize,
    /// When the last request ended, in milliseconds since the connection opened.
    ended: AtomicU64,
    is_receiving: AtomicBool,
    refusal: OnceLock<Refusal>,
}

/// A request that goes on until this is dropped.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            in_flight: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            is_receiving: AtomicBool::new(false),
            refusal: OnceLock::new(),
        }
    }

    /// The first byte of a request is there; it is in flight from now on.
    pub(super) fn receive(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.is_receiving.store(true, Ordering::Relaxed);
    }

    /// The head is there, and handed on.
    pub(super) fn received(&self) {
        self.is_receiving.store(false, Ordering::Relaxed);
    }

    /// Whether a head is there in part.
    pub(super) fn is_receiving(&self) -> bool {
        self.is_receiving.load(Ordering::Relaxed)
    }

    /// The last request of the connection is refused.
    pub(super) fn refuse(&self, refusal: Refusal) {
        // The first refusal is the last thing that happens on a connection.
        let _ = self.refusal.set(refusal);
    }

    /// Why the last request is refused, if it is.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal.get().copied()
    }

    /// A request that was [received](Self::receive) is answered.
    pub(super) fn answering(self: &Arc<Self>) -> InFlight {
        InFlight(Arc::clone(self))
    }

    /// A request begins and is answered.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.answering()
    }

    /// Since when nothing is in flight; none while something is.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.in_flight.load(Ordering::Relaxed) == 0;
        let ended = Duration::from_millis(self.ended.load(Ordering::Relaxed));
        is_idle.then(|| self.opened + ended)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let ended = self.0.opened.elapsed().as_millis();
        let ended = u64::try_from(ended).unwrap_or(u64::MAX);
        self.0.ended.store(ended, Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
