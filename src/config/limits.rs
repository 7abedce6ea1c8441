//! Section `limits`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    duration,
    rate::Rates,
    report::{Bound, Report},
};

/// Bounds on what a request may cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest request body in bytes; a larger one is answered 413.
    pub max_body_bytes: usize,
    /// The most bytes of all request bodies that are being read; what would take more is answered
    /// 503.
    pub max_body_bytes_in_flight: usize,
    /// The longest target of a request in bytes; a longer one is answered 414.
    pub max_uri_bytes: usize,
    /// The most header lines of a request; more are answered 431.
    pub max_headers: usize,
    /// The most bytes of a request's first line and headers; more are answered 431.
    pub max_head_bytes: usize,
    /// How deep lists and objects of a JSON body may be nested.
    pub json_depth: usize,
    /// How many values a JSON body may hold.
    pub json_elements: usize,
    /// How long the body of a request may take to arrive.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub body_timeout: Duration,
    /// How long a body may stand still, or bring less than 1 KiB a second.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub body_stall_timeout: Duration,
    /// How long connecting to the control plane may take.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub connect_timeout: Duration,
    /// How long one call to the control plane may take.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub upstream_timeout: Duration,
    /// How long a whole request may take.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub request_timeout: Duration,
    /// How long a request may wait for a run to end, on top of `request_timeout`; a longer wait
    /// that is asked for is cut to this.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub max_wait: Duration,
    /// The largest answer of the control plane in bytes.
    pub max_upstream_response_bytes: usize,
    /// How many requests may be handled at once; one more is answered 503.
    pub max_requests_in_flight: usize,
    /// How many requests may wait at once for a run to end or an app to change, beside
    /// `max_requests_in_flight`; one more is answered 503.
    pub max_waiting_requests: usize,
    pub rate: Rates,
    /// How many calls to the control plane may be made again, in percent of all calls.
    pub retry_percent: usize,
    /// After so many failures in a row the control plane is not called for a while; 0 means
    /// that it always is.
    pub circuit_failures: usize,
    /// How long it is not called then, before one call finds out whether it answers again.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub circuit_pause: Duration,
}

impl Limits {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        const GIB: usize = 1 << 30;
        report.within("limits.max_body_bytes", self.max_body_bytes, 1, GIB);
        let in_flight = self.max_body_bytes_in_flight;
        // One body of the largest kind has to fit, or none ever would.
        let least = self.max_body_bytes.clamp(1, GIB);
        report.within(
            "limits.max_body_bytes_in_flight",
            in_flight,
            least,
            64 * GIB,
        );
        report.within("limits.max_uri_bytes", self.max_uri_bytes, 64, 1 << 20);
        report.within("limits.max_headers", self.max_headers, 1, 1_000);
        report.within("limits.max_head_bytes", self.max_head_bytes, 1024, 1 << 20);
        report.within("limits.json_depth", self.json_depth, 1, 256);
        report.within("limits.json_elements", self.json_elements, 1, 100_000_000);
        let (bytes, least) = (self.max_upstream_response_bytes, 1024);
        report.within("limits.max_upstream_response_bytes", bytes, least, GIB);
        let (least, most) = (Duration::from_millis(1), Duration::from_hours(1));
        let stall = self.body_stall_timeout;
        report.within("limits.body_stall_timeout", stall, least, most);
        let times = [
            ("limits.body_timeout", self.body_timeout),
            ("limits.connect_timeout", self.connect_timeout),
            ("limits.upstream_timeout", self.upstream_timeout),
            ("limits.request_timeout", self.request_timeout),
        ];
        for (key, time) in times {
            report.within(key, time, least, most);
        }
        report.within("limits.max_wait", self.max_wait, Duration::ZERO, most);
        self.check_load(report);
        let [_, connect, upstream, request] = times;
        if times.iter().all(|(_, time)| (least..=most).contains(time)) {
            check_order(report, connect, upstream);
            check_order(report, upstream, request);
        }
    }
}

impl Limits {
    fn check_load(&self, report: &mut Report<'_>) {
        const REQUESTS: usize = 100_000;
        let (requests, waiting) = (self.max_requests_in_flight, self.max_waiting_requests);
        report.within("limits.max_requests_in_flight", requests, 1, REQUESTS);
        report.within("limits.max_waiting_requests", waiting, 0, REQUESTS);
        report.within("limits.retry_percent", self.retry_percent, 0, 100);
        let failures = self.circuit_failures;
        report.within("limits.circuit_failures", failures, 0, 10_000);
        let (least, most) = (Duration::from_millis(1), Duration::from_mins(5));
        report.within("limits.circuit_pause", self.circuit_pause, least, most);
    }
}

/// Refuses a part that may take longer than the whole: it would never be what
/// cuts off. The one that is written is the one to change.
fn check_order(report: &mut Report<'_>, part: (&str, Duration), whole: (&str, Duration)) {
    if part.1 <= whole.1 {
        return;
    }
    if report.is_default(part.0) {
        let (part, least) = (part.0, part.1.show());
        let reason = format!("is shorter than {part}, a part of it; write at least {least}");
        report.invalid(whole.0, reason);
    } else {
        let (whole, most) = (whole.0, whole.1.show());
        let reason = format!("is longer than {whole}, of which it is a part; write at most {most}");
        report.invalid(part.0, reason);
    }
}
