//! `run_task` as the Flyte guide to webhooks has it: other paths, the project
//! before the domain, the version required, other members in the answers.

pub mod run_task;
pub mod run_task_and_wait;

use flyte_webhook_core::json;

use super::{started, task};
use crate::{
    control_plane::{Caller, Given, RunId, RunSettings, Start},
    http::{Api, Problem, extract::GuidePath},
};

/// The templates of these paths.
pub const PATHS: [&str; 2] = [
    "/run-task/{project}/{domain}/{name}/{version}",
    "/run-task-and-wait/{project}/{domain}/{name}/{version}",
];

async fn start(
    api: &Api,
    caller: &Caller,
    path: GuidePath,
    body: &json::Object,
) -> Result<RunId, Problem> {
    let task = task::permitted_task(api, caller, &path.task, Some(&path.version)).await?;
    let given = Given::new(&task, task::inputs(&task, body)?);
    let settings = RunSettings::default();
    started::start(api, caller, Start::Task(given, settings)).await
}
