//! `GET /prefetch/hf-model/{run_name}/io`

use axum::{Json, extract::State};
use flyte_webhook_core::literal::outputs_to_json;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::found;
use crate::{
    control_plane::Caller,
    http::{ApiState, Problem, endpoints::result::RunResult, extract::RunPath},
};

/// What went into the fetching of a model and what came out.
#[derive(Serialize, ToSchema)]
pub struct PrefetchIo {
    name: String,
    /// Where the run is in its life.
    #[schema(example = "succeeded")]
    phase: &'static str,
    /// The inputs by name.
    inputs: Map<String, Value>,
    #[serde(flatten)]
    result: RunResult,
    project: String,
    domain: String,
}

/// Shows what went into the fetching of a model and what came out.
#[utoipa::path(
    get,
    path = "/prefetch/hf-model/{run_name}/io",
    params(("run_name" = String, Path, description = "The run that fetches the model")),
    responses((status = 200, body = PrefetchIo, description = "What went in and came out"))
)]
pub async fn get_prefetch_hf_model_io(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
) -> Result<Json<PrefetchIo>, Problem> {
    let run = found(&api, &caller, name).await?;
    let data = api
        .control_plane
        .action_data(&caller, &run)
        .await
        .map_err(Problem::control_plane("Reading the run's data"))?;
    Ok(Json(PrefetchIo {
        phase: run.phase.as_str(),
        inputs: outputs_to_json(&data.interface.inputs, &data.inputs),
        result: RunResult::new(&run, &data),
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    }))
}
