//! `GET /run/{name}/io`

use axum::{Json, extract::State};
use flyte_webhook_core::literal::outputs_to_json;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::{Caller, RunFailure},
    http::{
        ApiState, Problem,
        extract::{Query, RunPath},
    },
};

/// What went into a run and what came out.
#[derive(Serialize, ToSchema)]
pub struct RunIo {
    name: String,
    /// The inputs by name.
    inputs: Map<String, Value>,
    /// The outputs by name; null until the run has succeeded.
    outputs: Option<Map<String, Value>>,
    /// Why the run ended without success.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RunError>,
    project: String,
    domain: String,
}

/// Why a run ended without success.
#[derive(Serialize, ToSchema)]
struct RunError {
    /// Whose fault it was: `user`, `system` or `unknown`.
    #[schema(example = "user")]
    kind: &'static str,
    #[schema(example = "ValueError")]
    code: String,
    message: String,
}

/// Shows what went into a run and what came out.
#[utoipa::path(
    get,
    path = "/run/{name}/io",
    params(
        ("name" = String, Path),
        ("project" = Option<String>, Query, description = "Absent: the webhook's own"),
        ("domain" = Option<String>, Query, description = "Absent: the webhook's own"),
    ),
    responses((status = 200, body = RunIo))
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
        .action_data(&caller, &run.id)
        .await
        .map_err(Problem::control_plane("Reading the run's data"))?;
    let interface = &run.interface;
    let outputs = run
        .phase
        .has_outputs()
        .then(|| outputs_to_json(&interface.outputs, &data.outputs));
    Ok(Json(RunIo {
        inputs: outputs_to_json(&interface.inputs, &data.inputs),
        outputs,
        error: run.failure.map(RunError::from),
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    }))
}

impl From<RunFailure> for RunError {
    fn from(failure: RunFailure) -> Self {
        Self {
            kind: failure.kind,
            code: failure.code,
            message: failure.message,
        }
    }
}
