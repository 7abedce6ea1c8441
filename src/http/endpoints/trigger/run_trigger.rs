//! `POST /trigger/{task_name}/{trigger_name}/run`

use axum::{extract::State, response::Response};
use flyte_webhook_core::{endpoint::Endpoint, id::TriggerId, policy::Permit};

use super::{found, permitted, task_of};
use crate::{
    control_plane::{Caller, Given, RunId, Start},
    http::{
        Api, ApiState, Problem,
        endpoints::{
            launch::{Launch, NewLaunch},
            started::{FailedStart, StartedRun, answer},
            task,
        },
        extract::{
            IdempotencyHeaders, Idempotent, Inputs, Prefer, Query, TriggerPath, Wait, WaitQuery,
        },
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
        IdempotencyHeaders,
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
    Idempotent(idempotency, body): Idempotent<Option<Inputs>>,
) -> Result<Response, Problem> {
    let permit = permitted(&api, &caller, &id)?;
    let wait = prefer.wait(wait, api.max_wait);
    let wait = wait.map(Wait::reserved).transpose()?;
    let what = (Endpoint::RunTrigger, id.to_string());
    let run = match Launch::of(&api, &caller, idempotency, what).await? {
        Launch::Known(run) => run,
        Launch::New(launch) => fire(&api, &caller, &permit, body, launch).await?,
    };
    answer(&api, &caller, run, wait).await
}

async fn fire(
    api: &Api,
    caller: &Caller,
    permit: &Permit<TriggerId>,
    body: Option<Inputs>,
    launch: NewLaunch,
) -> Result<RunId, Problem> {
    let trigger = found(api, caller, permit).await?;
    let Some(Inputs(body)) = body else {
        return launch
            .start(api, caller, Start::Trigger(&trigger, None))
            .await;
    };
    let version = launch.version().or(Some(&trigger.task_version));
    let task = task::permitted(api, caller, &task_of(api, permit.get()))?;
    let task = task::find(api, caller, &task, version).await?;
    let given = Given::new(&task, task::inputs(&task, &body)?);
    launch
        .start(api, caller, Start::Trigger(&trigger, Some(given)))
        .await
}
