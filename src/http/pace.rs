//! The least rate at which bytes must move.
//!
//! Counted anew in every window: who was quick at first earns no time to stand
//! still in later.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes a second; slower than this is no client that wants to get on.
const LEAST_RATE: u64 = 1024;

/// How a stream of bytes gets on.
#[derive(Debug)]
pub(super) struct Pace {
    window: Duration,
    since: Instant,
    moved: u64,
}

impl Pace {
    /// Starts the first window.
    pub(super) fn new(window: Duration, now: Instant) -> Self {
        Self {
            window,
            since: now,
            moved: 0,
        }
    }

    /// Counts bytes; enough of them start the next window.
    pub(super) fn moved(&mut self, bytes: usize, now: Instant) {
        self.moved = self.moved.saturating_add(bytes as u64);
        if self.moved >= self.quota() {
            *self = Self::new(self.window, now);
        }
    }

    /// When it has taken too long.
    pub(super) fn ends(&self) -> Instant {
        self.since + self.window
    }

    fn quota(&self) -> u64 {
        let millis = u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX);
        (millis.saturating_mul(LEAST_RATE) / 1000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(5);

    #[test]
    fn only_bytes_at_the_least_rate_put_the_end_off() {
        let started = Instant::now();
        let later = started + Duration::from_secs(4);
        let mut pace = Pace::new(WINDOW, started);
        pace.moved(5 * 1024 - 1, later);
        assert_eq!(pace.ends(), started + WINDOW);
        pace.moved(1, later);
        assert_eq!(pace.ends(), later + WINDOW);
    }

    #[test]
    fn a_burst_earns_no_time_to_stand_still() {
        let started = Instant::now();
        let mut pace = Pace::new(WINDOW, started);
        pace.moved(1 << 30, started);
        assert_eq!(pace.ends(), started + WINDOW);
    }
}
