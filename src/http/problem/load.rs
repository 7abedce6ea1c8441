//! The answers where too much is asked at once, or by one.

use std::time::Duration;

use super::{Answer, own};

/// When to come again where places are taken: those of requests are free again
/// in no time, those of requests that wait nobody knows when.
const RETRY_AFTER_LOAD: Duration = Duration::from_secs(1);
const RETRY_AFTER_WAITS: Duration = Duration::from_secs(5);

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadProblem {
    /// This server should be sent nothing: it is about to stop, or cannot keep what
    /// it would accept.
    #[error("not ready")]
    NotReady,
    /// All places for requests are taken.
    #[error("too many requests in flight")]
    Overloaded,
    /// All places for requests that wait are taken.
    #[error("too many requests that wait")]
    TooManyWaiting,
    /// The caller has used up what a limit permits.
    #[error("the limit {name} is used up")]
    RateLimited {
        /// The limit: `caller`, or an endpoint's name.
        name: &'static str,
        /// In how many seconds there is more.
        more_in: u64,
    },
    /// Too many requests came from the same address.
    #[error("too many requests from one address")]
    TooManyFromAddress {
        /// In how many seconds one more is taken.
        more_in: u64,
    },
    /// Too many requests from the same address had no valid credentials.
    #[error("too many failed authentications from one address")]
    TooManyFailures {
        /// In how many seconds one more is taken.
        more_in: u64,
    },
}

impl LoadProblem {
    pub(super) fn answer(self) -> Answer<'static> {
        match self {
            Self::NotReady => busy(
                "not_ready",
                "This server should be sent no requests now; its log says why",
                RETRY_AFTER_LOAD,
            ),
            Self::Overloaded => busy(
                "overloaded",
                "limits.max_requests_in_flight requests are being handled; try again later",
                RETRY_AFTER_LOAD,
            ),
            Self::TooManyWaiting => busy(
                "too_many_waiting",
                "limits.max_waiting_requests requests wait, and nothing was started; \
                 try again later, or without waiting",
                RETRY_AFTER_WAITS,
            ),
            Self::RateLimited { name, more_in } => {
                let key = match name {
                    "caller" => "limits.rate.caller".to_owned(),
                    route => format!("limits.rate.routes.{route}"),
                };
                used_up("rate_limited", requests_of(&key), more_in)
            }
            Self::TooManyFromAddress { more_in } => {
                used_up("rate_limited", requests_of("limits.rate.address"), more_in)
            }
            Self::TooManyFailures { more_in } => used_up(
                "too_many_failures",
                "Too many requests from this address had no valid credentials; try again later"
                    .to_owned(),
                more_in,
            ),
        }
    }
}

fn requests_of(key: &str) -> String {
    format!("The requests that {key} allows are used up; try again later")
}

fn busy(code: &'static str, words: &'static str, after: Duration) -> Answer<'static> {
    Answer {
        retryable: true,
        retry_after: Some(after),
        ..own(503, code, words)
    }
}

fn used_up(code: &'static str, words: String, more_in: u64) -> Answer<'static> {
    Answer {
        retryable: true,
        retry_after: Some(Duration::from_secs(more_in)),
        ..own(429, code, words)
    }
}
