//! One bucket of requests for each who is counted.

use std::{hash::Hash, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use moka::future::Cache;

use crate::config::Rate;

/// How many are counted at a time; some hundred bytes each.
///
/// Beyond it those are forgotten who ask the least, so that inventing names
/// makes nobody forgotten who asks often: the store keeps who is asked for most.
const COUNTED: u64 = 50_000;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// The buckets of all who ask.
pub struct Buckets<K> {
    rate: Rate,
    clock: DefaultClock,
    all: Cache<K, Arc<Bucket>>,
}

/// What came of taking one request out of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many are left.
    pub left: u32,
    /// In how many seconds there are more.
    pub more_in: u64,
    /// Whether there was one.
    pub is_permitted: bool,
}

impl<K: Hash + Eq + Send + Sync + 'static> Buckets<K> {
    /// Full buckets of this size, which fill up in this time.
    pub fn new(rate: Rate) -> Self {
        let all = Cache::builder()
            .max_capacity(COUNTED)
            // Then a bucket is full, as a new one is.
            .time_to_idle(rate.per)
            .build();
        Self {
            rate,
            clock: DefaultClock::default(),
            all,
        }
    }

    /// Takes a request out of the bucket, if there is one.
    pub async fn take(&self, key: K) -> Taken {
        let bucket = self.all.get_with(key, async { self.full() }).await;
        match bucket.check() {
            Ok(state) => Taken {
                left: state.remaining_burst_capacity(),
                more_in: seconds(self.period()),
                is_permitted: true,
            },
            Err(refused) => Taken {
                left: 0,
                more_in: seconds(refused.wait_time_from(self.clock.now())),
                is_permitted: false,
            },
        }
    }

    fn full(&self) -> Arc<Bucket> {
        let quota = Quota::with_period(self.period()).expect("a time of at least a microsecond");
        let quota = quota.allow_burst(self.rate.requests);
        let bucket = RateLimiter::direct_with_clock(quota, self.clock.clone());
        Arc::new(bucket.with_middleware())
    }

    /// After what time there is one more.
    fn period(&self) -> Duration {
        self.rate.per / self.rate.requests.get()
    }
}

/// Rounded up: whoever comes then finds one.
fn seconds(time: Duration) -> u64 {
    let begun = u64::from(time.subsec_nanos() > 0);
    (time.as_secs() + begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(rate: &str) -> Buckets<u64> {
        Buckets::new(rate.parse().unwrap())
    }

    #[tokio::test]
    async fn a_bucket_holds_what_the_rate_says_and_others_have_their_own() {
        let buckets = buckets("3/1h");
        let taken = |left, more_in, is_permitted| Taken {
            left,
            more_in,
            is_permitted,
        };
        assert_eq!(buckets.take(1).await, taken(2, 1200, true));
        assert_eq!(buckets.take(1).await, taken(1, 1200, true));
        assert_eq!(buckets.take(1).await, taken(0, 1200, true));
        assert_eq!(buckets.take(1).await, taken(0, 1200, false));
        assert_eq!(buckets.take(2).await, taken(2, 1200, true));
    }

    #[tokio::test]
    async fn made_up_names_take_no_more_room_and_make_nobody_forgotten_who_asks_often() {
        let buckets = buckets("100/1h");
        for _ in 0..100 {
            assert!(buckets.take(0).await.is_permitted);
        }
        assert!(!buckets.take(0).await.is_permitted);
        for name in 1..=2 * COUNTED {
            buckets.take(name).await;
            if name % 100 == 0 {
                assert!(!buckets.take(0).await.is_permitted, "{name}");
            }
        }
        buckets.all.run_pending_tasks().await;
        assert!(buckets.all.entry_count() <= COUNTED);
    }
}
