//! What the connector calls.

use std::{sync::Arc, time::Duration};

use metrics::Gauge;

use super::{
    Held, Metrics, Word,
    family::{CONNECTOR_ACTIVE, CONNECTOR_DURATION, RPC_ACTIVE, RPC_BYTES, RPC_DURATION},
};

impl Metrics {
    pub(super) fn begin_connector(&self) {
        for family in [&CONNECTOR_ACTIVE, &RPC_ACTIVE, &RPC_BYTES] {
            self.gauge(family, []).set(0);
        }
        for outcome in ["succeeded", "failed"] {
            let _begun = self.histogram(&CONNECTOR_DURATION, ["other".into(), outcome.into()]);
        }
    }

    /// A call of an engine is being answered.
    pub fn rpc_begins(&self) -> Held {
        Held::new(self.gauge(&RPC_ACTIVE, []))
    }

    /// A call of an engine was answered: by this method, of those that there are, with
    /// this code of gRPC.
    pub fn rpc_answered(&self, method: Arc<str>, code: &'static str, took: Duration) {
        let labels = [Word::from_shared(method), code.into()];
        self.histogram(&RPC_DURATION, labels).record(took);
    }

    /// The bytes of calls that are in memory.
    pub fn rpc_bytes(&self) -> Gauge {
        self.gauge(&RPC_BYTES, [])
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
