//! What is counted over all requests: those in flight, those of a caller, those
//! from an address.

mod bucket;
mod forwarded;

use std::{collections::BTreeMap, sync::Arc};

use flyte_webhook_core::endpoint::Endpoint;

pub use self::bucket::{Buckets, Taken};
use super::layer::{address_guard::AddressGuard, load_shed::Places, rate_limit::RateLimit};
use crate::{config, metrics::Metrics};

pub use self::forwarded::Proxies;

/// What is counted, and how much of it is taken.
#[derive(Clone)]
pub struct Limits {
    /// The places for requests.
    pub places: Places,
    /// Who is believed about where requests come from.
    pub proxies: Arc<Proxies>,
    /// The requests of a caller, if they are limited.
    pub caller: Option<Arc<RateLimit>>,
    /// The requests from an address, if they are limited.
    pub address: Option<Arc<AddressGuard>>,
    routes: BTreeMap<Endpoint, Arc<RateLimit>>,
}

impl Limits {
    /// The limits of a configuration, with nothing counted yet.
    pub fn new(limits: &config::Limits, server: &config::Server, metrics: &Metrics) -> Self {
        let rates = &limits.rate;
        let routes = rates.routes.iter();
        Self {
            places: Places::new(
                limits.max_requests_in_flight,
                limits.max_waiting_requests,
                metrics,
            ),
            proxies: Arc::new(Proxies::new(server)),
            caller: rates
                .caller
                .map(|rate| Arc::new(RateLimit::new("caller", rate))),
            address: AddressGuard::new(rates).map(Arc::new),
            routes: routes
                .map(|(endpoint, rate)| {
                    let limit = RateLimit::new(endpoint.name(), *rate);
                    (*endpoint, Arc::new(limit))
                })
                .collect(),
        }
    }

    /// Whether answers of an endpoint say how much is left.
    pub fn are_told(&self, endpoint: Endpoint) -> bool {
        let is_limited = self.caller.is_some() || self.routes.contains_key(&endpoint);
        is_limited && !endpoint.is_public()
    }

    /// The requests of a caller to an endpoint, if they are limited.
    pub fn route(&self, endpoint: Endpoint) -> Option<Arc<RateLimit>> {
        self.routes.get(&endpoint).cloned()
    }
}
