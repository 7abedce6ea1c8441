//! `GET /run/{name}/io`

use axum::{Json, extract::State};
use flyte_webhook_core::literal::outputs_to_json;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        endpoints::result::RunResult,
        extract::{Query, RunPath},
    },
};

/// What went into a run and what came out.
#[derive(Serialize, ToSchema)]
pub struct RunIo {
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    name: String,
    /// The inputs by name.
    #[schema(example = json!({"name": "Ada"}))]
    inputs: Map<String, Value>,
    #[serde(flatten)]
    result: RunResult,
    #[schema(example = "flytesnacks")]
    project: String,
    #[schema(example = "development")]
    domain: String,
}

/// Shows what went into a run and what came out.
#[utoipa::path(
    get,
    path = "/run/{name}/io",
    params(
        ("name" = String, Path, description = "The run's name"),
        ScopeQuery,
    ),
    responses((status = 200, body = RunIo, description = "What went in, and what came out"))
)]
pub async fn get_run_io(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(scope): Query<ScopeQuery>,
) -> Result<Json<RunIo>, Problem> {
    let run = permitted_run(&api, &caller, &scope.run(&api, name)).await?;
    let data = api
        .control_plane
        .action_data(&caller, &run)
        .await
        .map_err(Problem::control_plane("Reading the run's data"))?;
    Ok(Json(RunIo {
        inputs: outputs_to_json(&data.interface.inputs, &data.inputs),
        result: RunResult::new(&run, &data),
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    }))
}
