//! API keys of Flyte, exchanged for access tokens.
//!
//! A token is kept under its key's hash until shortly before it expires, and
//! however many requests come with a key at once, one asks for its token. That
//! a key was refused is kept, too, for a moment, so that a bad key that is sent
//! again and again does not flood the authorization server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flyte_webhook_core::{api_key::ApiKey, parts::sha256};
use http::HeaderValue;
use moka::{Expiry, future::Cache};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use crate::control_plane::{self, AccessToken, ExchangeError};

/// How many keys are kept, with what came of them.
const MOST_KEYS: u64 = 10_000;

/// How many exchanges go on at once: anyone can make up keys.
const MOST_EXCHANGES: usize = 16;

/// How long before it expires a token is not used any more: a tenth of its
/// lifetime within these bounds, and never more than half of it. Servers count
/// in whole seconds, and their clocks differ; a request that waits for a run
/// holds its token for minutes.
const LEAST_MARGIN: Duration = Duration::from_secs(2);
const MOST_MARGIN: Duration = Duration::from_mins(5);

/// How long a refusal counts, and any other failure.
const REFUSED_FOR: Duration = Duration::from_secs(5);
const FAILED_FOR: Duration = Duration::from_secs(1);

/// The longest that a failure counts, whatever the other side asks.
const LONGEST_FAILURE: Duration = Duration::from_secs(30);

/// The least time between exchanges of a key whose tokens are not taken.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// Exchanges keys.
pub(super) struct Exchange {
    control_plane: control_plane::Handle,
    outcomes: Cache<KeyHash, Outcome>,
    slots: Semaphore,
}

type KeyHash = [u8; 32];

/// What came of a key.
#[derive(Clone)]
enum Outcome {
    Token(Arc<Granted>),
    Failed(ExchangeError),
}

/// A token and since when it is valid at the latest.
struct Granted {
    token: AccessToken,
    since: Instant,
}

/// A token in use, by which it can be given up.
#[derive(Clone)]
pub struct Lease {
    key: KeyHash,
    granted: Arc<Granted>,
}

impl Exchange {
    pub(super) fn new(control_plane: control_plane::Handle) -> Self {
        let outcomes = Cache::builder()
            .max_capacity(MOST_KEYS)
            .expire_after(Lifetimes)
            .build();
        Self {
            control_plane,
            outcomes,
            slots: Semaphore::new(MOST_EXCHANGES),
        }
    }

    /// A token for a key.
    pub(super) async fn token(
        &self,
        key: &ApiKey,
        request_id: &HeaderValue,
    ) -> Result<Lease, ExchangeError> {
        let hash = hash(key);
        let outcome = self
            .outcomes
            .get_with(hash, self.exchange(key, request_id.clone()))
            .await;
        match outcome {
            Outcome::Token(granted) => Ok(Lease { key: hash, granted }),
            Outcome::Failed(error) => Err(error),
        }
    }

    /// Host and port of what is asked for tokens, for the log.
    pub(super) fn address(&self) -> Arc<str> {
        self.control_plane.authorization_server()
    }

    /// Gives up a token that the control plane does not take any more, so that
    /// the next request gets another.
    pub(super) async fn give_up(&self, lease: &Lease) {
        // A token that came meanwhile stays, and one that is not taken from the
        // start is no reason to ask without pause.
        let current = match self.outcomes.get(&lease.key).await {
            Some(Outcome::Token(current)) => current,
            Some(Outcome::Failed(_)) | None => return,
        };
        if Arc::ptr_eq(&current, &lease.granted) && current.since.elapsed() >= LEAST_PAUSE {
            self.outcomes.invalidate(&lease.key).await;
        }
    }

    async fn exchange(&self, key: &ApiKey, request_id: HeaderValue) -> Outcome {
        let _slot = self.slots.acquire().await;
        let since = Instant::now();
        // Boxed, as most requests bring no key.
        match Box::pin(self.control_plane.exchange(key, request_id)).await {
            Ok(token) => Outcome::Token(Arc::new(Granted { token, since })),
            Err(error) => Outcome::Failed(error),
        }
    }
}

impl Lease {
    /// The token.
    pub(super) fn token(&self) -> &AccessToken {
        &self.granted.token
    }
}

/// How long an outcome counts.
struct Lifetimes;

impl Expiry<KeyHash, Outcome> for Lifetimes {
    fn expire_after_create(&self, _: &KeyHash, outcome: &Outcome, _: Instant) -> Option<Duration> {
        Some(match outcome {
            Outcome::Token(granted) => {
                kept(granted.token.lifetime).saturating_sub(granted.since.elapsed())
            }
            Outcome::Failed(error) if error.is_refusal() => REFUSED_FOR,
            Outcome::Failed(error) => {
                let asked = error.retry_after().unwrap_or_default();
                asked.clamp(FAILED_FOR, LONGEST_FAILURE)
            }
        })
    }
}

fn kept(lifetime: Duration) -> Duration {
    let margin = (lifetime / 10).clamp(LEAST_MARGIN, MOST_MARGIN);
    lifetime.saturating_sub(margin.min(lifetime / 2))
}

/// What a key is kept under, which does not show it.
fn hash(key: &ApiKey) -> KeyHash {
    sha256([key.client_id(), key.client_secret().expose_secret()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_up_well_before_its_end() {
        for (lifetime, expected) in [
            (0, 0),
            (2, 1),
            (10, 8),
            (60, 54),
            (600, 540),
            (3600, 3300),
            (86_400, 86_100),
        ] {
            let kept = kept(Duration::from_secs(lifetime));
            assert_eq!(kept, Duration::from_secs(expected), "{lifetime}");
        }
    }

    #[test]
    fn a_failure_counts_as_long_as_the_other_side_asks_within_bounds() {
        let unavailable = |seconds: u64| ExchangeError::Unavailable {
            status: http::StatusCode::SERVICE_UNAVAILABLE,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for (error, seconds) in [
            (ExchangeError::Refused, 5),
            (ExchangeError::Timeout, 1),
            (unavailable(0), 1),
            (unavailable(7), 7),
            (unavailable(3600), 30),
        ] {
            let text = error.to_string();
            let kept =
                Lifetimes.expire_after_create(&[0; 32], &Outcome::Failed(error), Instant::now());
            assert_eq!(kept, Some(Duration::from_secs(seconds)), "{text} {seconds}");
        }
    }
}
