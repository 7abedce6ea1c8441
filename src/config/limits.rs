//! Section `limits`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{duration, report::Report};

/// Bounds on what a request may cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest request body in bytes; a larger one is answered 413.
    pub max_body_bytes: usize,
    /// How deep lists and objects of a JSON body may be nested.
    pub json_depth: usize,
    /// How many values a JSON body may hold.
    pub json_elements: usize,
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
    /// How long a request that waits for a run may take; platforms cut off at 300 s.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub max_wait: Duration,
    /// The largest answer of the control plane in bytes.
    pub max_upstream_response_bytes: usize,
}

impl Limits {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        const GIB: usize = 1 << 30;
        report.within("limits.max_body_bytes", self.max_body_bytes, 1, GIB);
        report.within("limits.json_depth", self.json_depth, 1, 256);
        report.within("limits.json_elements", self.json_elements, 1, 100_000_000);
        let (bytes, least) = (self.max_upstream_response_bytes, 1024);
        report.within("limits.max_upstream_response_bytes", bytes, least, GIB);
        let (least, most) = (Duration::from_millis(1), Duration::from_secs(3600));
        for (key, time) in [
            ("limits.connect_timeout", self.connect_timeout),
            ("limits.upstream_timeout", self.upstream_timeout),
            ("limits.request_timeout", self.request_timeout),
            ("limits.max_wait", self.max_wait),
        ] {
            report.within(key, time, least, most);
        }
        self.check_order(report);
    }

    /// A part that may take longer than the whole would never be what cuts off.
    fn check_order(&self, report: &mut Report<'_>) {
        if self.connect_timeout > self.upstream_timeout {
            let reason = "is longer than limits.upstream_timeout, of which it is a part";
            report.invalid("limits.connect_timeout", reason);
        }
        if self.upstream_timeout > self.request_timeout {
            let reason = "is longer than limits.request_timeout, of which it is a part";
            report.invalid("limits.upstream_timeout", reason);
        }
    }
}
