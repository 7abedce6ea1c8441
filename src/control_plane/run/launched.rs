//! Runs as a later request under the same name finds them.

use std::time::Duration;

use flyte_idl::flyteidl2::workflow::__buffa::view::{RunDetailsView, oneof::action_details::Spec};
use flyte_webhook_core::idempotency::Digest;
use jiff::Timestamp;

use super::{Phase, RunId};
use crate::control_plane::{Caller, ControlPlane, Error};

/// A run that an earlier request has started.
#[derive(Clone, Debug)]
pub struct Launched {
    /// Where it is in its life.
    pub phase: Phase,
    /// The version of the task that it is a run of.
    pub version: Option<String>,
    digest: Option<String>,
    is_untouched: bool,
    /// Since when it waits in the queue, if nothing has tried to run it yet.
    queued_since: Option<Timestamp>,
}

impl ControlPlane {
    /// The run of this name; `None` where there is none.
    pub async fn launched(&self, caller: &Caller, id: &RunId) -> Result<Option<Launched>, Error> {
        match self.run_details(self.call(caller), id).await {
            Ok(details) => Ok(Some(Launched::new(&details.reborrow().details))),
            Err(error) if error.is_no_run() => Ok(None),
            Err(error) if error.is_not_found() => Err(Error::unknown_run()),
            Err(error) => Err(error),
        }
    }
}

impl Launched {
    fn new(details: &RunDetailsView<'_>) -> Self {
        let status = &details.action.status;
        let phase = Phase::of(status.phase);
        // The status counts an attempt before there is one.
        let is_untouched = phase == Phase::QUEUED && details.action.attempts.is_empty();
        let created = status.start_time.as_option().filter(|_| is_untouched);
        let label = details.run_spec.labels.values.get(Digest::LABEL);
        Self {
            phase,
            version: version(details),
            digest: label.map(ToString::to_string),
            is_untouched,
            queued_since: created.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok()),
        }
    }

    /// Whether a request with this digest has started it.
    pub fn is_of(&self, digest: &Digest) -> bool {
        self.digest.as_deref() == Some(digest.as_str())
    }

    /// Whether nothing has tried to run it yet.
    pub fn is_in_queue(&self) -> bool {
        self.is_untouched
    }

    /// Whether it waits in the queue for longer than this: the open-source
    /// control plane stores a run and says OK also where it could not be put
    /// into the queue, and leaves it there for ever.
    pub fn is_stuck(&self, now: Timestamp, after: Duration) -> bool {
        let waits = self.queued_since.map(|since| now.duration_since(since));
        // It is negative where the control plane's clock is ahead.
        waits.is_some_and(|time| Duration::try_from(time).is_ok_and(|time| time > after))
    }
}

fn version(details: &RunDetailsView<'_>) -> Option<String> {
    match &details.action.spec {
        Some(Spec::Task(spec)) => Some(spec.task_template.id.version.to_owned()),
        Some(Spec::Trace(_) | Spec::Condition(_)) | None => None,
    }
}
