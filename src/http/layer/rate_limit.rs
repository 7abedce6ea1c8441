//! How many requests of one caller are taken, and how many are left: the
//! headers `RateLimit-Policy` and `RateLimit` of
//! draft-ietf-httpapi-ratelimit-headers-11.

use std::{hash::RandomState, sync::Arc};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::chain::{Next, Request};
use crate::{
    config::Rate,
    control_plane::Caller,
    http::{
        LoadProblem, Problem,
        limits::{Buckets, Taken},
    },
};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// A limit under its name.
pub struct RateLimit {
    name: &'static str,
    policy: HeaderValue,
    /// Of this process alone, so that nobody can choose a name that is counted
    /// as another's.
    hasher: RandomState,
    callers: Buckets<u64>,
}

impl RateLimit {
    /// A limit of the requests of each caller.
    pub fn new(name: &'static str, rate: Rate) -> Self {
        let (requests, seconds) = (rate.requests, rate.per.as_secs());
        let policy = format!("\"{name}\";q={requests};w={seconds}");
        Self {
            name,
            policy: text(&policy),
            hasher: RandomState::new(),
            callers: Buckets::new(rate),
        }
    }

    /// Added, not set: an answer may be under several limits.
    fn describe(&self, taken: Taken, headers: &mut HeaderMap) {
        let Taken { left, more_in, .. } = taken;
        let limit = format!("\"{}\";r={left};t={more_in}", self.name);
        headers.append(POLICY, self.policy.clone());
        headers.append(LIMIT, text(&limit));
    }
}

/// Answers 429 to a caller who has used up what there is. Whoever has no
/// credentials is not counted: there is nothing to know them by.
pub async fn rate_limit(
    State(limit): State<Arc<RateLimit>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(caller) = request.extensions().get::<Caller>() else {
        return next.run(request).await;
    };
    let taken = limit.callers.take(caller.key(&limit.hasher)).await;
    let mut response = if taken.is_permitted {
        next.run(request).await
    } else {
        Problem::from(LoadProblem::RateLimited {
            name: limit.name,
            more_in: taken.more_in,
        })
        .into_response()
    };
    limit.describe(taken, response.headers_mut());
    response
}

fn text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("names of endpoints and numbers are plain ASCII")
}
