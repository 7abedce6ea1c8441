//! `POST /trigger/{task_name}/{trigger_name}/run`

use axum::{Json, extract::State};
use flyte_webhook_core::id::TaskId;

use super::found;
use crate::{
    control_plane::{Caller, Given, Start},
    http::{
        ApiState, Problem,
        endpoints::{
            started::{StartedRun, start},
            task,
        },
        extract::{Inputs, TriggerPath},
    },
};

/// Starts a run as the trigger would, active or not.
///
/// Without a body the run takes the inputs that are saved in the trigger. With
/// one, the body is the whole object of inputs, as for `run-task`: what it
/// leaves out takes the task's default, not the trigger's.
#[utoipa::path(
    post,
    path = "/trigger/{task_name}/{trigger_name}/run",
    params(
        ("task_name" = String, Path, example = "demo.hello"),
        ("trigger_name" = String, Path, example = "daily"),
    ),
    request_body(content = Option<serde_json::Value>, example = json!({"name": "Ada"})),
    responses((status = 200, body = StartedRun))
)]
pub async fn run_trigger(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TriggerPath(id): TriggerPath,
    body: Option<Inputs>,
) -> Result<Json<StartedRun>, Problem> {
    let permit = api.policy.trigger(&id).map_err(Problem::Denied)?;
    let task = TaskId {
        domain: api.scope.domain.clone(),
        project: api.scope.project.clone(),
        name: id.task,
    };
    let task_permit = api.policy.task(&task).map_err(Problem::Denied)?;
    let trigger = found(&api, &caller, &permit).await?;
    let run = match body {
        None => start(&api, &caller, Start::Trigger(&trigger, None)).await?,
        Some(Inputs(body)) => {
            let version = Some(trigger.task_version.as_str());
            let task = task::found(&api, &caller, &task_permit, version).await?;
            let inputs = task::inputs(&task, &body)?;
            let given = Given {
                task: &task,
                inputs,
            };
            start(&api, &caller, Start::Trigger(&trigger, Some(given))).await?
        }
    };
    Ok(Json(StartedRun::new(&api, run)))
}
