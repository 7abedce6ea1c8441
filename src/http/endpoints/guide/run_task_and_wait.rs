//! `POST /run-task-and-wait/{project}/{domain}/{name}/{version}`

use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::start;
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        endpoints::{result::RunResult, started, waited},
        extract::{GuidePath, IdempotencyHeaders, Idempotent, Inputs, Prefer, Query, WaitQuery},
    },
};

/// The run that was started and waited for, as the guide shows it.
#[derive(Serialize, ToSchema)]
pub struct GuideEndedRun {
    /// The run's name.
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    run_id: String,
    /// The run's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/runs/wk2vq7j5n4c3x6m5t4y3z2a7b6c"
    )]
    url: String,
    /// Where the run is in its life.
    #[schema(example = "succeeded")]
    status: &'static str,
    #[serde(flatten)]
    result: RunResult,
}

/// Starts a run of a task and waits for its end, as the Flyte guide does.
#[utoipa::path(
    post,
    path = "/run-task-and-wait/{project}/{domain}/{name}/{version}",
    operation_id = "run_task_and_wait_run_task_and_wait__project___domain___name___version__post",
    tag = "task",
    params(
        ("project" = String, Path, description = "The task's project", example = "flytesnacks"),
        ("domain" = String, Path, description = "The task's domain", example = "development"),
        ("name" = String, Path, description = "The task's name", example = "demo.hello"),
        ("version" = String, Path, description = "The task's version", example = "v1"),
        WaitQuery,
        Prefer,
        IdempotencyHeaders,
    ),
    request_body(content = Object, description = "The inputs by name", example = json!({"name": "Ada"})),
    responses(
        (status = 200, body = GuideEndedRun, description = "The run has succeeded"),
        (status = 202, body = GuideEndedRun, description = "The run did not end in time", headers(("Location" = String, description = "Where to ask how the run is"))),
        (status = 424, body = GuideEndedRun, description = "The run ended without success"),
    )
)]
pub async fn run_task_and_wait(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    path: GuidePath,
    Query(WaitQuery { wait: asked }): Query<WaitQuery>,
    prefer: Prefer,
    body: Idempotent<Inputs>,
) -> Result<Response, Problem> {
    let wait = prefer.wait_or_most(asked, api.max_wait).reserved()?;
    let run = start(&api, &caller, path, body).await?;
    let waited = started::end(&api, &caller, &run, &wait).await;
    let outcome = waited.outcome();
    let body = GuideEndedRun {
        run_id: run.name.to_string(),
        url: api.control_plane.run_url(&run),
        status: waited.phase.as_str(),
        result: waited.result,
    };
    Ok(waited::answer(&api, &run, &wait, outcome, body))
}
