//! Deliveries to hooks, and what they start.

use super::{
    Metrics,
    family::{HOOK_DELIVERIES, HOOK_LAUNCHES},
};

/// What may come of a delivery.
const DELIVERIES: [&str; 10] = [
    "launched",
    "duplicate",
    "stored",
    "ignored",
    "handshake",
    "unverified",
    "unreadable",
    "unmapped",
    "rate_limited",
    "refused",
];

/// What may come of an attempt to launch.
const LAUNCHES: [&str; 4] = ["started", "found", "failed", "refused"];

impl Metrics {
    /// The configuration has a hook of this name.
    pub fn hook_begins(&self, hook: &str) {
        for (family, outcomes) in [
            (&HOOK_DELIVERIES, &DELIVERIES[..]),
            (&HOOK_LAUNCHES, &LAUNCHES[..]),
        ] {
            for outcome in outcomes {
                let labels = [hook.to_owned().into(), (*outcome).into()];
                self.counter(family, labels).increment(0);
            }
        }
    }

    /// A delivery came to a hook of the configuration: one of `DELIVERIES`.
    pub fn hook_delivery(&self, hook: &str, outcome: &'static str) {
        let labels = [hook.to_owned().into(), outcome.into()];
        self.counter(&HOOK_DELIVERIES, labels).increment(1);
    }

    /// A run was to be started on behalf of a hook: one of `LAUNCHES`.
    pub fn hook_launched(&self, hook: &str, outcome: &'static str) {
        let labels = [hook.to_owned().into(), outcome.into()];
        self.counter(&HOOK_LAUNCHES, labels).increment(1);
    }
}
