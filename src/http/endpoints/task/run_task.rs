//! `POST /run-task/{domain}/{project}/{name}`

use axum::{Json, extract::State};
use flyte_webhook_core::{id::RunName, literal};
use serde::Serialize;
use utoipa::ToSchema;

use super::{VersionQuery, permitted_task};
use crate::{
    control_plane::{Caller, NewRun, RunId},
    http::{
        ApiState, Problem, Violation,
        extract::{Inputs, Query, TaskPath},
    },
};

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

/// Starts a run of a task in the webhook's own project and domain.
///
/// The body is the object of inputs. Inputs with a default may be left out.
#[utoipa::path(
    post,
    path = "/run-task/{domain}/{project}/{name}",
    params(
        ("domain" = String, Path, example = "development"),
        ("project" = String, Path, example = "flytesnacks"),
        ("name" = String, Path, example = "demo.hello"),
        ("version" = Option<String>, Query, description = "The version; absent: the latest"),
    ),
    request_body(content = serde_json::Value, example = json!({"name": "Ada"})),
    responses((status = 200, body = StartedRun))
)]
pub async fn run_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TaskPath(id): TaskPath,
    Query(VersionQuery { version }): Query<VersionQuery>,
    Inputs(body): Inputs,
) -> Result<Json<StartedRun>, Problem> {
    let task = permitted_task(&api, &caller, &id, version.as_deref()).await?;
    let inputs = literal::inputs_from_json(task.inputs(), &task.spec.default_inputs, &body)
        .map_err(|errors| Problem::Invalid(errors.into_iter().map(Violation::from).collect()))?;
    let run = RunId {
        scope: api.scope.clone(),
        name: RunName::from_entropy(rand::random()),
    };
    let new = NewRun {
        id: &run,
        task: &task,
        inputs,
        environment: &api.run_environment,
    };
    api.control_plane
        .create_run(&caller, new)
        .await
        .map_err(Problem::control_plane("Starting the run"))?;
    Ok(Json(StartedRun {
        url: api.control_plane.run_url(&run),
        name: run.name.into(),
        project: run.scope.project.into(),
        domain: run.scope.domain.into(),
    }))
}
