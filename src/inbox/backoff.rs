//! When the next attempt is.

use std::time::Duration;

/// Pauses that double, each drawn from none to all of it (full jitter), so that what
/// failed together does not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest pause after the first attempt.
    pub first: Duration,
    /// The longest pause of all.
    pub most: Duration,
}

impl Backoff {
    /// The pause after so many attempts, at the least for as long as the other side asked
    /// for and never longer than the longest of all; `random` is from 0 to 1.
    pub fn pause(&self, attempts: u32, asked: Option<Duration>, random: f64) -> Duration {
        let doubled = 2_u32.checked_pow(attempts.saturating_sub(1));
        let grown = doubled.and_then(|factor| self.first.checked_mul(factor));
        let step = grown.unwrap_or(self.most).min(self.most);
        let drawn = step.mul_f64(random.clamp(0.0, 1.0));
        drawn.max(asked.unwrap_or_default()).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(1),
        most: Duration::from_mins(1),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = [1, 2, 3, 6, 7, 8, 33, u32::MAX];
        let pauses = pauses.map(|attempts| BACKOFF.pause(attempts, None, 1.0).as_secs());
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60, 60]);
    }

    #[test]
    fn jitter_is_from_nothing_to_all_of_the_pause() {
        assert_eq!(BACKOFF.pause(3, None, 0.0), Duration::ZERO);
        assert_eq!(BACKOFF.pause(3, None, 0.5), Duration::from_secs(2));
        assert_eq!(BACKOFF.pause(3, None, f64::MAX), Duration::from_secs(4));
        assert_eq!(BACKOFF.pause(0, None, 1.0), Duration::from_secs(1));
    }

    #[test]
    fn what_the_other_side_asks_for_is_kept_within_the_longest() {
        let asked = |seconds| BACKOFF.pause(1, Some(Duration::from_secs(seconds)), 0.0);
        assert_eq!(asked(7), Duration::from_secs(7));
        assert_eq!(asked(3_600), Duration::from_mins(1));
    }
}
