//! The inbox of accepted deliveries.

use std::time::Duration;

use super::{
    Metrics,
    family::{
        INBOX_ACCEPTS, INBOX_BYTES, INBOX_DEAD, INBOX_LAUNCHES, INBOX_MAX_BYTES, INBOX_OLDEST,
        INBOX_PENDING,
    },
};

impl Metrics {
    pub(super) fn begin_inbox(&self) {
        for outcome in ["stored", "duplicate", "full", "failed"] {
            self.counter(&INBOX_ACCEPTS, [outcome.into()]).increment(0);
        }
        for outcome in ["launched", "queued", "retry", "dead", "returned"] {
            self.counter(&INBOX_LAUNCHES, [outcome.into()]).increment(0);
        }
        for family in [
            &INBOX_PENDING,
            &INBOX_OLDEST,
            &INBOX_DEAD,
            &INBOX_BYTES,
            &INBOX_MAX_BYTES,
        ] {
            self.gauge(family, []).set(0);
        }
    }

    /// A delivery was `stored`, a `duplicate`, or refused: `full` or `failed`.
    pub fn inbox_accepted(&self, outcome: &'static str) {
        self.counter(&INBOX_ACCEPTS, [outcome.into()]).increment(1);
    }

    /// An attempt to launch ended: `launched`, `queued`, `retry`, `dead` or `returned`.
    pub fn inbox_attempted(&self, outcome: &'static str) {
        self.counter(&INBOX_LAUNCHES, [outcome.into()]).increment(1);
    }

    /// There is an inbox, which may hold so much.
    pub fn inbox_opened(&self, max_bytes: u64) {
        self.gauge(&INBOX_MAX_BYTES, []).set(float(max_bytes));
    }

    /// How full the inbox is and how far behind.
    pub fn inbox_measured(&self, pending: u64, oldest: Duration, dead: u64, bytes: u64) {
        self.gauge(&INBOX_PENDING, []).set(float(pending));
        self.gauge(&INBOX_OLDEST, []).set(oldest);
        self.gauge(&INBOX_DEAD, []).set(float(dead));
        self.gauge(&INBOX_BYTES, []).set(float(bytes));
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no inbox holds 2^53 of anything"
)]
fn float(number: u64) -> f64 {
    number as f64
}
