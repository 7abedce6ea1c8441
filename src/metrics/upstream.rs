//! What the server asks of others.

use std::time::Duration;

use http::StatusCode;
use metrics::Counter;

use super::{
    Held, Metrics,
    family::{
        APP_CALL_DURATION, CIRCUIT_CHANGES, CONTROL_PLANE_DURATION, EGRESS_REFUSALS, RETRIES,
        RUNS_STARTED, TOKEN_EXCHANGES, WATCHES,
    },
    requests::status_word,
};

impl Metrics {
    pub(super) fn begin_upstream(&self) {
        for outcome in ["made", "no_budget"] {
            self.counter(&RETRIES, [outcome.into()]).increment(0);
        }
        for scope in ["everyone", "caller"] {
            for state in ["open", "closed"] {
                let labels = [scope.into(), state.into()];
                self.counter(&CIRCUIT_CHANGES, labels).increment(0);
            }
        }
        for outcome in ["exchanged", "refused", "failed"] {
            self.counter(&TOKEN_EXCHANGES, [outcome.into()])
                .increment(0);
        }
        for from in ["task", "trigger"] {
            for outcome in ["started", "refused", "failed", "unknown"] {
                let labels = [from.into(), outcome.into()];
                self.counter(&RUNS_STARTED, labels).increment(0);
            }
        }
        self.gauge(&WATCHES, []).set(0);
        self.egress_refusals().increment(0);
    }

    /// A request to the control plane has ended: `method` as `package.Service/Method`
    /// of the generated clients, and what went wrong where something did.
    pub fn control_plane_asked(
        &self,
        method: String,
        status: Option<StatusCode>,
        error: Option<&'static str>,
        took: Duration,
    ) {
        let key = (method, status, error);
        let known = &self.0.calls;
        let histogram = known.get(
            key,
            &CONTROL_PLANE_DURATION,
            self,
            |(method, status, error)| {
                let status = status.map(status_word).unwrap_or_default();
                [
                    method.clone().into(),
                    status,
                    error.unwrap_or_default().into(),
                ]
            },
        );
        histogram.record(took);
    }

    /// A call that failed is made again, or not for want of budget.
    pub fn retry(&self, is_made: bool) {
        let outcome = if is_made { "made" } else { "no_budget" };
        self.counter(&RETRIES, [outcome.into()]).increment(1);
    }

    /// Calls are stopped or resumed, of `everyone` or of one `caller`.
    pub fn circuit_changed(&self, scope: &'static str, is_open: bool) {
        let state = if is_open { "open" } else { "closed" };
        self.counter(&CIRCUIT_CHANGES, [scope.into(), state.into()])
            .increment(1);
    }

    /// A run is watched.
    pub fn watch_begins(&self) -> Held {
        Held::new(self.gauge(&WATCHES, []))
    }

    /// A run was asked for, from a `task` or a `trigger`: `started`, `refused`,
    /// `failed`, or `unknown` where no answer tells.
    pub fn run_asked(&self, from: &'static str, outcome: &'static str) {
        self.counter(&RUNS_STARTED, [from.into(), outcome.into()])
            .increment(1);
    }

    /// An API key was `exchanged`, `refused`, or neither: `failed`.
    pub fn token_exchange(&self, outcome: &'static str) {
        self.counter(&TOKEN_EXCHANGES, [outcome.into()])
            .increment(1);
    }

    /// What the egress guard counts.
    pub fn egress_refusals(&self) -> Counter {
        self.counter(&EGRESS_REFUSALS, [])
    }

    /// A call of another app has ended.
    pub fn app_called(
        &self,
        status: Option<StatusCode>,
        error: Option<&'static str>,
        took: Duration,
    ) {
        let status = status.map(status_word).unwrap_or_default();
        let labels = [status, error.unwrap_or_default().into()];
        self.histogram(&APP_CALL_DURATION, labels).record(took);
    }
}
