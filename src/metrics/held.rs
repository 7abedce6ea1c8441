//! What is counted for as long as it is there.

use metrics::Gauge;

/// One more of something, until this is dropped.
#[must_use]
pub struct Held(Gauge);

impl Held {
    pub(super) fn new(gauge: Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
