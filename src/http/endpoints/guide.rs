//! `run_task` as the Flyte guide to webhooks has it: other paths, the project
//! before the domain, the version required, other members in the answers.

pub mod run_task;
pub mod run_task_and_wait;

use flyte_webhook_core::endpoint::Endpoint;

use super::{launch::Launch, task};
use crate::{
    control_plane::{Caller, Given, RunId, RunSettings, Start},
    http::{
        Api, Problem,
        extract::{GuidePath, Idempotent, Inputs},
    },
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
    Idempotent(idempotency, Inputs(body)): Idempotent<Inputs>,
) -> Result<RunId, Problem> {
    let permit = task::permitted(api, caller, &path.task)?;
    // Here the version is a part of the path, and so of what is asked for.
    let what = format!("{}/{}", path.task, path.version);
    let launch = Launch::of(api, caller, idempotency, (Endpoint::RunTask, what)).await?;
    let launch = match launch {
        Launch::Known(run) => return Ok(run),
        Launch::New(launch) => launch,
    };
    let task = task::find(api, caller, &permit, Some(&path.version)).await?;
    let given = Given::new(&task, task::inputs(&task, &body)?);
    let start = Start::Task(given, RunSettings::default());
    launch.start(api, caller, start).await
}
