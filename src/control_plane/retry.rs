//! How often calls are made again, by all requests together.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::Error;
use crate::metrics::Metrics;

/// How often one call is made again.
const RETRIES: u32 = 2;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// The longest pause between two calls. Where the control plane asks for a
/// longer one, it is for the caller to come again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// What one retry costs, in the parts that calls put in.
const COST: u32 = 100;
/// How many retries there are at first, for a server that is seldom asked.
const FIRST: u32 = 10 * COST;
/// How many there are at most: what was saved in a good hour must not become
/// the storm of a bad one.
const MOST: u32 = 100 * COST;

/// The budget of retries: each call puts in its part of one.
pub(super) struct Retries {
    percent: u32,
    saved: AtomicU32,
    metrics: Metrics,
}

impl Retries {
    /// A budget of so many retries for a hundred calls.
    pub(super) fn new(percent: usize, metrics: &Metrics) -> Self {
        let percent = u32::try_from(percent).unwrap_or(COST);
        Self {
            percent,
            saved: AtomicU32::new(if percent == 0 { 0 } else { FIRST }),
            metrics: metrics.clone(),
        }
    }

    /// Counts a call that is made, however often.
    pub(super) fn earn(&self) {
        let add = |saved: u32| (saved < MOST).then(|| (saved + self.percent).min(MOST));
        // An error says that it is full.
        let _ = self.change(add);
    }

    /// How long to wait before a call is made again that failed so many times
    /// before; `None` where it is not.
    pub(super) fn pause(&self, made: u32, error: &Error, left: Duration) -> Option<Duration> {
        if made >= RETRIES {
            return None;
        }
        let longest = LONGEST_BACKOFF.min(FIRST_BACKOFF * 2_u32.pow(made));
        // All of it is left to chance: callers who failed together do not come
        // back together.
        let pause = longest.mul_f64(rand::random::<f64>());
        let asked = error.retry_after().unwrap_or_default();
        let pause = asked + pause;
        let fits = asked <= LONGEST_BACKOFF && pause < left;
        (fits && self.spend()).then_some(pause)
    }

    fn spend(&self) -> bool {
        let is_spent = self.change(|saved| saved.checked_sub(COST)).is_ok();
        self.metrics.retry(is_spent);
        is_spent
    }

    fn change(&self, by: impl Fn(u32) -> Option<u32>) -> Result<u32, u32> {
        self.saved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_secs(15);

    fn budget(percent: usize) -> Retries {
        let metrics = Metrics::new(jiff::Timestamp::UNIX_EPOCH);
        Retries::new(percent, &metrics)
    }

    fn unavailable(retry_after: Option<u64>) -> Error {
        Error::Answered {
            code: connectrpc::ErrorCode::Unavailable,
            message: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    fn retries(budget: &Retries) -> usize {
        let pause = || budget.pause(0, &unavailable(None), LEFT);
        std::iter::from_fn(pause).count()
    }

    #[test]
    fn retries_are_a_part_of_all_calls() {
        let budget = budget(20);
        assert_eq!(retries(&budget), 10);
        (0..100).for_each(|_| budget.earn());
        assert_eq!(retries(&budget), 20);
        (0..4).for_each(|_| budget.earn());
        assert_eq!(retries(&budget), 0);
        budget.earn();
        assert_eq!(retries(&budget), 1);
        (0..1_000_000).for_each(|_| budget.earn());
        assert_eq!(retries(&budget), 100);
        assert_eq!(retries(&self::budget(0)), 0);
    }

    #[test]
    fn a_call_is_made_three_times_at_most_and_not_before_it_may() {
        let budget = budget(100);
        let pause = |made, retry_after| budget.pause(made, &unavailable(retry_after), LEFT);
        for _ in 0..100 {
            budget.earn();
            assert!(pause(0, None).unwrap() <= FIRST_BACKOFF);
            budget.earn();
            assert!(pause(1, None).unwrap() <= 2 * FIRST_BACKOFF);
        }
        assert_eq!(pause(2, None), None);
        assert!(pause(0, Some(1)).unwrap() >= Duration::from_secs(1));
        assert_eq!(pause(0, Some(3)), None);
        let soon = Duration::from_secs(1);
        assert_eq!(budget.pause(0, &unavailable(Some(1)), soon), None);
    }
}
