//! What lasts as long as the process, while all else is made anew with every
//! configuration.

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::Auditor,
    hooks::{Hooks, Recent},
    http::layer::loop_guard::Mark,
    inbox::Inbox,
    metrics::Metrics,
    readiness::Readiness,
    trace::Tracer,
};

/// What lasts as long as the process: handles, cheap to clone.
#[derive(Clone)]
pub struct Lasting {
    /// Cancelled when the process is to stop.
    pub shutdown: CancellationToken,
    /// Whether this server should be sent requests.
    pub readiness: Readiness,
    /// What this process marks its calls of apps with. A call that the former
    /// configuration made may come back to the next.
    pub mark: Mark,
    /// Where all that happens is counted.
    pub metrics: Metrics,
    /// Who did what: one chain for as long as the process lives.
    pub auditor: Auditor,
    /// Where deliveries are kept, if anywhere.
    pub inbox: Option<Inbox>,
    /// The last deliveries that came.
    pub recent: Recent,
    /// The hooks that are in force, for what launches from the inbox.
    pub hooks: watch::Sender<Option<Hooks>>,
    /// Where it is told of.
    pub tracer: Tracer,
}

impl Lasting {
    /// Made once, without an inbox.
    pub fn new(shutdown: CancellationToken) -> Self {
        let metrics = Metrics::new(Timestamp::now());
        Self {
            tracer: Tracer::off(&metrics),
            metrics,
            readiness: Readiness::new(shutdown.clone()),
            shutdown,
            mark: Mark::from_entropy(rand::random()),
            auditor: Auditor::default(),
            inbox: None,
            recent: Recent::default(),
            hooks: watch::Sender::new(None),
        }
    }

    /// The same with an audit log.
    #[must_use]
    pub fn audited(self, auditor: Auditor) -> Self {
        Self { auditor, ..self }
    }

    /// The same, which tells a collector of what happens.
    #[must_use]
    pub fn traced_by(self, tracer: Tracer) -> Self {
        Self { tracer, ..self }
    }
}
