//! How many requests are taken from one address, before anything is known of
//! who sends them: against those who try credentials by the thousand.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use moka::future::Cache;

use super::{
    chain::{Next, Request},
    passthrough_auth::is_open,
};
use crate::{
    audit::Trail,
    config::{Rate, Rates},
    http::{LoadProblem, Problem, limits::Buckets},
};

/// How many addresses are locked out at a time.
const LOCKED_OUT: u64 = 50_000;

/// What is counted of each address.
pub struct AddressGuard {
    requests: Option<Buckets<IpAddr>>,
    failures: Option<Failures>,
}

struct Failures {
    counted: Buckets<IpAddr>,
    /// Until when nothing is taken from an address.
    locked_out: Cache<IpAddr, Instant>,
}

impl AddressGuard {
    /// What the configuration wants counted; `None` where that is nothing.
    pub fn new(rates: &Rates) -> Option<Self> {
        let failures = |rate: Rate| Failures {
            counted: Buckets::new(rate),
            locked_out: Cache::builder()
                .max_capacity(LOCKED_OUT)
                .time_to_live(rate.per)
                .build(),
        };
        let is_on = rates.address.is_some() || rates.address_failures.is_some();
        is_on.then(|| Self {
            requests: rates.address.map(Buckets::new),
            failures: rates.address_failures.map(failures),
        })
    }

    /// Why a request from there is not taken.
    async fn refusal(&self, client: IpAddr) -> Option<LoadProblem> {
        if let Some(failures) = &self.failures
            && let Some(until) = failures.locked_out.get(&client).await
        {
            let left = until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                let more_in = left.as_secs() + 1;
                return Some(LoadProblem::TooManyFailures { more_in });
            }
        }
        let taken = self.requests.as_ref()?.take(client).await;
        let more_in = taken.more_in;
        (!taken.is_permitted).then_some(LoadProblem::TooManyFromAddress { more_in })
    }

    /// Counts credentials that were not taken, by this server or the control
    /// plane.
    async fn failed(&self, client: IpAddr) {
        if let Some(failures) = &self.failures {
            let taken = failures.counted.take(client).await;
            if taken.left == 0 {
                let until = Instant::now() + Duration::from_secs(taken.more_in);
                failures.locked_out.insert(client, until).await;
            }
        }
    }
}

/// Answers 429 where too much comes from one address. What is open to everyone
/// is never counted.
pub async fn address_guard(
    State(guard): State<Arc<AddressGuard>>,
    request: Request,
    next: Next,
) -> Response {
    let counted = !is_open(request.uri().path());
    let Some(client) = client(&request).filter(|_| counted) else {
        return next.run(request).await;
    };
    if let Some(problem) = guard.refusal(client).await {
        return Problem::from(problem).into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED && !is_of_hook(&response) {
        guard.failed(client).await;
    }
    response
}

/// Whether a delivery was not believed. Its sender is one of many at the
/// provider's addresses, and one with a wrong secret must not lock the others out.
fn is_of_hook(response: &Response) -> bool {
    let problem = response.extensions().get::<Arc<Problem>>();
    matches!(problem.map(AsRef::as_ref), Some(Problem::Hook(_)))
}

/// Whose request this is; nobody's where the server was not told.
fn client(request: &Request) -> Option<IpAddr> {
    let trail = request.extensions().get::<Trail>()?;
    trail.client().map(household)
}

/// Of IPv6 a household has a network of 64 bits, and may use a new address of it
/// for every request.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let network = v6.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(network).into()
        }
    }
}
