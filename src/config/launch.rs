//! Section `launch`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{duration, report::Report};

/// How runs are started that are to be started once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Launch {
    /// How long a run that was started for an Idempotency-Key may be queued without an attempt
    /// to run it; a request that finds it so sends it to the control plane again, under the
    /// same name.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub requeue_after: Duration,
}

impl Launch {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let (least, most) = (Duration::from_secs(1), Duration::from_hours(24));
        report.within("launch.requeue_after", self.requeue_after, least, most);
    }
}
