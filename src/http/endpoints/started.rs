//! Starting a run, whatever it is started from, and the answer to that.

use flyte_webhook_core::id::RunName;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{Api, Problem};
use crate::control_plane::{Caller, NewRun, RunId, Start};

/// The run that was started.
#[derive(Serialize, ToSchema)]
pub struct StartedRun {
    /// The run's page in the console.
    url: String,
    /// The run's name.
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    name: String,
    /// Where the run lives.
    project: String,
    /// Where the run lives.
    domain: String,
}

impl StartedRun {
    /// The answer for a run that nobody waits for.
    pub(super) fn new(api: &Api, run: RunId) -> Self {
        Self {
            url: api.control_plane.run_url(&run),
            name: run.name.into(),
            project: run.scope.project.into(),
            domain: run.scope.domain.into(),
        }
    }
}

/// Starts a run in the webhook's own project and domain, under a name made here.
pub(super) async fn start(api: &Api, caller: &Caller, start: Start<'_>) -> Result<RunId, Problem> {
    let run = RunId {
        scope: api.scope.clone(),
        name: RunName::from_entropy(rand::random()),
    };
    let new = NewRun {
        id: &run,
        start,
        environment: &api.run_environment,
    };
    api.control_plane
        .create_run(caller, new)
        .await
        .map_err(Problem::control_plane("Starting the run"))?;
    Ok(run)
}
