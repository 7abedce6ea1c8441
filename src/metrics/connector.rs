//! What the connector calls.

use std::time::Duration;

use super::{
    Held, Metrics,
    family::{CONNECTOR_ACTIVE, CONNECTOR_DURATION},
};

impl Metrics {
    pub(super) fn begin_connector(&self) {
        self.gauge(&CONNECTOR_ACTIVE, []).set(0);
        for outcome in ["succeeded", "failed"] {
            let _begun = self.histogram(&CONNECTOR_DURATION, ["other".into(), outcome.into()]);
        }
    }

    /// A request of a webhook task begins.
    pub fn webhook_begins(&self) -> Held {
        Held::new(self.gauge(&CONNECTOR_ACTIVE, []))
    }

    /// A request of a webhook task has ended: to a host that the configuration
    /// names, if it is one, and `succeeded`, or for which reason it did not.
    pub fn webhook_called(&self, host: Option<&str>, outcome: &'static str, took: Duration) {
        let host = host.unwrap_or("other").to_owned();
        let labels = [host.into(), outcome.into()];
        self.histogram(&CONNECTOR_DURATION, labels).record(took);
    }
}
