//! `POST /trigger/{task_name}/{trigger_name}/run`

use axum::{extract::State, response::Response};

use super::{found, permitted, task_of};
use crate::{
    control_plane::{Caller, Given, Start},
    http::{
        ApiState, Problem,
        endpoints::{
            started::{FailedStart, StartedRun, answer, start},
            task,
        },
        extract::{Inputs, Prefer, Query, TriggerPath, WaitQuery},
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
        ("task_name" = String, Path, description = "The name of the task that it is a trigger of", example = "demo.hello"),
        ("trigger_name" = String, Path, description = "The trigger's name", example = "daily"),
        WaitQuery,
        Prefer,
    ),
    request_body(content = Option<Object>, description = "The inputs by name; absent: the trigger's", example = json!({"name": "Ada"})),
    responses(
        (
            status = 200,
            body = StartedRun,
            description = "The run was started; where the caller waited, it has succeeded",
            headers(("Preference-Applied" = String, description = "How it was waited, if so")),
        ),
        (
            status = 202,
            body = StartedRun,
            description = "The run was started and did not end in time",
            headers(
                ("Location" = String, description = "Where to ask how the run is"),
                ("Preference-Applied" = String, description = "How it was waited"),
            ),
        ),
        (
            status = 424,
            content(
                (FailedStart = "application/json"),
                (FailedStart = "application/problem+json"),
            ),
            description = "The run was waited for and ended without success",
        ),
    )
)]
pub async fn run_trigger(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TriggerPath(id): TriggerPath,
    Query(WaitQuery { wait }): Query<WaitQuery>,
    prefer: Prefer,
    body: Option<Inputs>,
) -> Result<Response, Problem> {
    let permit = permitted(&api, &id)?;
    let trigger = found(&api, &caller, &permit).await?;
    let run = match body {
        None => start(&api, &caller, Start::Trigger(&trigger, None)).await?,
        Some(Inputs(body)) => {
            let version = Some(trigger.task_version.as_str());
            let id = task_of(&api, &id);
            let task = task::permitted_task(&api, &caller, &id, version).await?;
            let given = Given::new(&task, task::inputs(&task, &body)?);
            start(&api, &caller, Start::Trigger(&trigger, Some(given))).await?
        }
    };
    let wait = prefer.wait(wait, api.max_wait);
    answer(&api, &caller, run, wait).await
}
