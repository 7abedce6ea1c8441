//! `POST /run-task/{project}/{domain}/{name}/{version}`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::start;
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        extract::{GuidePath, IdempotencyHeaders, Idempotent, Inputs},
    },
};

/// The run that was started, as the guide shows it.
#[derive(Serialize, ToSchema)]
pub struct GuideStartedRun {
    /// The run's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/runs/wk2vq7j5n4c3x6m5t4y3z2a7b6c"
    )]
    url: String,
    /// The run's name.
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    id: String,
    /// Always `started`.
    #[schema(example = "started")]
    status: &'static str,
}

/// Starts a run of a task, as the Flyte guide to webhooks does.
#[utoipa::path(
    post,
    path = "/run-task/{project}/{domain}/{name}/{version}",
    operation_id = "run_task_run_task__project___domain___name___version__post",
    tag = "task",
    params(
        ("project" = String, Path, description = "The task's project", example = "flytesnacks"),
        ("domain" = String, Path, description = "The task's domain", example = "development"),
        ("name" = String, Path, description = "The task's name", example = "demo.hello"),
        ("version" = String, Path, description = "The task's version", example = "v1"),
        IdempotencyHeaders,
    ),
    request_body(content = Object, description = "The inputs by name", example = json!({"name": "Ada"})),
    responses((status = 200, body = GuideStartedRun, description = "The run was started"))
)]
pub async fn run_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    path: GuidePath,
    body: Idempotent<Inputs>,
) -> Result<Json<GuideStartedRun>, Problem> {
    let run = start(&api, &caller, path, body).await?;
    Ok(Json(GuideStartedRun {
        url: api.control_plane.run_url(&run),
        id: run.name.into(),
        status: "started",
    }))
}
