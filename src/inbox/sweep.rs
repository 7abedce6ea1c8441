//! How long what is kept.

use std::time::Duration;

use super::record::micros;
use crate::config;

/// How long what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retention {
    /// Deliveries, so that a repeated one is known.
    pub(super) remember: Duration,
    /// The bodies and inputs of what has been launched.
    pub(super) keep_payloads: Duration,
    /// Dead letters.
    pub(super) keep_dead: Duration,
}

/// What is older goes.
pub(super) struct Cutoffs {
    pub(super) payloads: i64,
    pub(super) dead: i64,
    pub(super) deliveries: i64,
}

impl Cutoffs {
    /// Of all of them the latest: what is younger need not be looked at.
    pub(super) fn latest(&self) -> i64 {
        self.payloads.max(self.dead).max(self.deliveries)
    }
}

impl Retention {
    /// What the configuration says.
    pub(super) fn of(config: &config::Inbox) -> Self {
        Self {
            remember: config.remember,
            keep_payloads: config.keep_payloads,
            keep_dead: config.keep_dead,
        }
    }

    /// At this time. An inbox that is getting full keeps no more bodies than it must.
    pub(super) fn cutoffs(&self, now: i64, is_tight: bool) -> Cutoffs {
        let before = |time| now.saturating_sub(micros(time));
        let payloads = if is_tight {
            now
        } else {
            before(self.keep_payloads)
        };
        Cutoffs {
            payloads,
            dead: before(self.keep_dead),
            deliveries: before(self.remember),
        }
    }
}

/// From how full on the inbox is getting full: 80 %.
pub(super) fn is_tight(used: u64, most: u64) -> bool {
    used >= most / 5 * 4
}
