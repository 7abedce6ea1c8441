//! How many failures of strangers are recorded: anybody can cause them, and the
//! disk must not be theirs to fill.

use std::time::Instant;

use crate::config::Rate;

/// A bucket of records that fills up with time.
#[derive(Debug)]
pub(super) struct Failures {
    rate: Rate,
    left: f64,
    since: Instant,
    /// How many were not recorded, and not told of yet.
    suppressed: u64,
}

impl Failures {
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            left: f64::from(rate.requests.get()),
            since: now,
            suppressed: 0,
        }
    }

    /// Whether one more is recorded.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let most = f64::from(self.rate.requests.get());
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        self.left = (self.left + passed * most / self.rate.per.as_secs_f64()).min(most);
        self.since = now;
        let is_taken = self.left >= 1.0;
        if is_taken {
            self.left -= 1.0;
        } else {
            self.suppressed += 1;
        }
        is_taken
    }

    /// How many there are to tell of.
    pub(super) fn suppressed(&self) -> u64 {
        self.suppressed
    }

    /// So many were told of.
    pub(super) fn told(&mut self, count: u64) {
        self.suppressed -= count;
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use super::*;

    #[test]
    fn a_flood_is_counted_and_what_comes_at_its_pace_is_recorded() {
        let now = Instant::now();
        let rate = Rate {
            requests: NonZeroU32::new(60).unwrap(),
            per: Duration::from_mins(1),
        };
        let mut failures = Failures::new(rate, now);
        let taken = |failures: &mut Failures, at| (0..100).filter(|_| failures.take(at)).count();
        assert_eq!(taken(&mut failures, now), 60);
        assert_eq!(failures.suppressed(), 40);
        failures.told(40);
        assert_eq!(taken(&mut failures, now + Duration::from_secs(5)), 5);
    }
}
