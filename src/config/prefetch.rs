//! Section `prefetch`.

use flyte_webhook_core::{id::TaskId, policy::Permit};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{own_task, report::Report};

/// How models are fetched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Prefetch")]
pub(super) struct Section {
    /// The project of the task that fetches models.
    project: String,
    /// Its domain.
    domain: String,
    /// Its name. The endpoints may run this task whatever `task_allowlist` says.
    task: String,
}

/// How models are fetched.
#[derive(Debug, Clone)]
pub struct Prefetch {
    /// The task that fetches models.
    pub task: Permit<TaskId>,
}

impl Section {
    pub(super) fn resolve(&self, report: &mut Report<'_>) -> Option<Prefetch> {
        let names = [&self.domain, &self.project, &self.task];
        let task = own_task::permit(report, "prefetch", names.map(String::as_str))?;
        Some(Prefetch { task })
    }
}
