//! The server itself and its configuration.

use jiff::Timestamp;

use super::{
    Metrics,
    family::{
        BUILD_INFO, CONFIG_LAST_RELOAD_SUCCESS, CONFIG_LAST_RELOAD_SUCCESSFUL, CONFIG_RELOADS,
        SPANS,
    },
};

impl Metrics {
    pub(super) fn begin_configuration(&self) {
        let version = env!("CARGO_PKG_VERSION");
        self.gauge(&BUILD_INFO, [version.into()]).set(1);
        for outcome in ["success", "failure"] {
            self.counter(&CONFIG_RELOADS, [outcome.into()]).increment(0);
        }
        for outcome in ["exported", "failed", "dropped"] {
            self.spans(outcome, 0);
        }
        self.in_use_since(self.0.started);
    }

    /// The configuration was read anew and is in use from now on.
    pub fn config_reloaded(&self, now: Timestamp) {
        self.counter(&CONFIG_RELOADS, ["success".into()])
            .increment(1);
        self.in_use_since(now);
    }

    /// The configuration was read anew and is wrong; the old one stays in use.
    pub fn config_refused(&self) {
        self.counter(&CONFIG_RELOADS, ["failure".into()])
            .increment(1);
        self.gauge(&CONFIG_LAST_RELOAD_SUCCESSFUL, []).set(0);
    }

    /// So many spans were `exported`; or `failed`, where the collector did not take
    /// them; or `dropped`, where too many waited to be sent.
    pub fn spans(&self, outcome: &'static str, count: u64) {
        self.counter(&SPANS, [outcome.into()]).increment(count);
    }

    fn in_use_since(&self, since: Timestamp) {
        let seconds = since.as_duration().as_secs_f64();
        self.gauge(&CONFIG_LAST_RELOAD_SUCCESS, []).set(seconds);
        self.gauge(&CONFIG_LAST_RELOAD_SUCCESSFUL, []).set(1);
    }
}
