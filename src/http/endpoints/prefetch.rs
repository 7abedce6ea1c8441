//! Models of Hugging Face: fetching one, and what became of that.

pub mod abort_prefetch_hf_model;
pub mod get_prefetch_hf_model;
pub mod get_prefetch_hf_model_io;
pub mod prefetch_hf_model;

use flyte_webhook_core::id::{RunName, TaskId};

use crate::{
    control_plane::{Caller, Run, RunId},
    http::{Api, Problem},
};

/// The task that the reference sends along with each of its runs.
const TASK_OF_REFERENCE: &str = "prefetch-hf-model.store_hf_model_task";

/// Looks up a run in the webhook's own project and domain that fetches a model.
///
/// Any other run is not found: these endpoints are no way around the allowlist.
async fn found(api: &Api, caller: &Caller, name: RunName) -> Result<Run, Problem> {
    let scope = api.scope.clone();
    let id = RunId { scope, name };
    let run = api.control_plane.run(caller, &id).await;
    match run {
        Ok(run) if run.task.as_ref().is_some_and(|task| fetches(api, task)) => Ok(run),
        Err(error) if !error.is_not_found() => {
            Err(Problem::control_plane("Looking up the run")(error))
        }
        Ok(_) | Err(_) => Err(Problem::NoPrefetchRun(id.name)),
    }
}

fn fetches(api: &Api, task: &TaskId) -> bool {
    let is_own = task.project == api.scope.project && task.domain == api.scope.domain;
    task == api.prefetch.task.get() || is_own && task.name.as_str() == TASK_OF_REFERENCE
}
