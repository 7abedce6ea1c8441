//! What time it is for the inbox.

use std::{sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};

/// A clock. The one that the server uses starts at the wall clock's time and then runs
/// on its own: whoever sets the wall clock moves no attempt.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that shows what it is told.
    pub fn new(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// A clock that starts now.
    pub fn steady(wall: fn() -> Timestamp) -> Self {
        let (start, since) = (wall(), Instant::now());
        Self::new(move || {
            let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
            start.saturating_add(passed).unwrap_or(Timestamp::MAX)
        })
    }

    /// The time now, as it is stored.
    pub(super) fn now(&self) -> i64 {
        (self.0)().as_microsecond()
    }
}
