//! Signed deliveries of providers, and the runs that they start.
//!
//! A delivery is judged without a side effect ([`judge`]): who sent it, what it
//! says, what the rules make of it. What is to be started then is, here and now or
//! by way of the inbox (`accept`). The same judgement explains a delivery
//! ([`explain`]). Nothing here knows HTTP but for the names of headers.

mod accept;
mod check;
mod explain;
mod failure;
mod identity;
mod judge;
mod launch;
mod launcher;
mod occasion;
mod recent;
mod start;
mod store;

use std::{sync::Arc, time::Duration};

use flyte_webhook_core::id::Scope;
use jiff::Timestamp;

use crate::{
    audit::Auditor,
    auth,
    config::{Hook, RunEnvironment},
    control_plane,
    inbox::Inbox,
    metrics::Metrics,
    trace::Tracer,
};

pub use self::{
    accept::{Accepted, Refused, RunLink},
    check::Finding,
    explain::{Explanation, RuleExplanation, Step, explain},
    failure::Failure,
    judge::{Judged, Judgement, Reason, Rejected, TaskRequest, judge, verify},
    launcher::HookLauncher,
    occasion::Occasion,
    recent::{Happening, Recent},
    start::Order,
};

/// All hooks, and what they work with. Cheap to clone.
#[derive(Clone)]
pub struct Hooks(Arc<Parts>);

/// What hooks work with.
pub struct Parts {
    /// The hooks of the configuration.
    pub hooks: Vec<Arc<Hook>>,
    /// The client of the control plane.
    pub control_plane: control_plane::Handle,
    /// Exchanges API keys.
    pub authenticator: auth::Handle,
    /// Where runs live.
    pub scope: Scope,
    /// What variables they get.
    pub run_environment: RunEnvironment,
    /// How long a run may be queued before it is sent again.
    pub requeue_after: Duration,
    /// Where deliveries are kept, if anywhere.
    pub inbox: Option<Inbox>,
    /// What came last.
    pub recent: Recent,
    /// Who did what.
    pub auditor: Auditor,
    /// Where launches are counted.
    pub metrics: Metrics,
    /// Where it is told of them.
    pub tracer: Tracer,
    /// The time.
    pub now: fn() -> Timestamp,
}

impl Hooks {
    /// Hooks with what they work with.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Hook>] {
        &self.0.hooks
    }

    /// The hook of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Hook>> {
        self.0.hooks.iter().find(|hook| &*hook.name == name)
    }

    /// The hook that a path is of.
    pub fn at(&self, path: &str) -> Option<&Arc<Hook>> {
        let name = path.strip_prefix("/webhook/");
        let is_it =
            |hook: &&Arc<Hook>| name == Some(&*hook.name) || hook.path.as_deref() == Some(path);
        self.0.hooks.iter().find(is_it)
    }

    /// Where deliveries are kept, if anywhere.
    pub fn inbox(&self) -> Option<&Inbox> {
        self.0.inbox.as_ref()
    }

    /// What came last.
    pub fn recent(&self) -> &Recent {
        &self.0.recent
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.0.now)()
    }
}
