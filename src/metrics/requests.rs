//! Requests, and the connections on which they come.

use std::time::Duration;

use http::{Method, StatusCode};
use metrics::Gauge;

use super::{
    Held, Metrics, Word,
    family::{
        ACTIVE_REQUESTS, BODY_BYTES, CONNECTIONS, OPEN_CONNECTIONS, PANICS, PROBLEMS, RATE_LIMITED,
        REQUEST_DURATION, WAITING_REQUESTS,
    },
};

/// The template of a route, such as `/run/{run_name}`: never a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

impl Metrics {
    pub(super) fn begin_http(&self) {
        for family in [&ACTIVE_REQUESTS, &WAITING_REQUESTS, &OPEN_CONNECTIONS] {
            self.gauge(family, []).set(0);
        }
        self.request_body_bytes().set(0);
        for outcome in ["served", "refused"] {
            self.counter(&CONNECTIONS, [outcome.into()]).increment(0);
        }
        for limit in ["caller", "address", "address_failures", "hook"] {
            self.counter(&RATE_LIMITED, [limit.into()]).increment(0);
        }
        self.counter(&PANICS, []).increment(0);
    }

    /// A request is being answered.
    pub fn request_begins(&self) -> Held {
        Held::new(self.0.active_requests.clone())
    }

    /// A request was answered; without a route it was for none, or was refused
    /// before any was looked for.
    pub fn request_answered(
        &self,
        method: &Method,
        route: Option<Route>,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.map_or("none", |Route(template)| template);
        let key = (method_word(method), route, status);
        let known = &self.0.requests;
        let histogram = known.get(key, &REQUEST_DURATION, self, |(method, route, status)| {
            [(*method).into(), (*route).into(), status_word(*status)]
        });
        histogram.record(took);
    }

    /// A request was answered with a problem.
    pub fn problem(&self, code: &'static str, source: &'static str) {
        self.counter(&PROBLEMS, [code.into(), source.into()])
            .increment(1);
    }

    /// A request was refused by this limit.
    pub fn rate_limited(&self, limit: &'static str) {
        self.counter(&RATE_LIMITED, [limit.into()]).increment(1);
    }

    /// A request met a bug.
    pub fn panicked(&self) {
        self.counter(&PANICS, []).increment(1);
    }

    /// A request waits for a run to end.
    pub fn request_waits(&self) -> Held {
        Held::new(self.gauge(&WAITING_REQUESTS, []))
    }

    /// The bytes of bodies that are in memory.
    pub fn request_body_bytes(&self) -> Gauge {
        self.gauge(&BODY_BYTES, [])
    }

    /// A connection is served.
    pub fn connection_opens(&self) -> Held {
        self.counter(&CONNECTIONS, ["served".into()]).increment(1);
        Held::new(self.gauge(&OPEN_CONNECTIONS, []))
    }

    /// A connection was closed at once, since there are too many.
    pub fn connection_refused(&self) {
        self.counter(&CONNECTIONS, ["refused".into()]).increment(1);
    }
}

/// A method of HTTP, or that it is another.
pub fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        _ => "_OTHER",
    }
}

/// A status that has a name, or that it is another: apps answer what they like.
pub(super) fn status_word(status: StatusCode) -> Word {
    match status.canonical_reason() {
        Some(_) => status.as_str().to_owned().into(),
        None => "other".into(),
    }
}
