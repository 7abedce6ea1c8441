//! `GET /prefetch/hf-model/{run_name}`

use axum::{Json, extract::State};

use super::found;
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        endpoints::{run::get_run::RunState, waited::WaitedResult},
        extract::RunPath,
    },
};

/// Says how far the fetching of a model is.
#[utoipa::path(
    get,
    path = "/prefetch/hf-model/{run_name}",
    params(("run_name" = String, Path, description = "The run that fetches the model")),
    responses((status = 200, body = RunState, description = "How far the run is"))
)]
pub async fn get_prefetch_hf_model(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
) -> Result<Json<RunState>, Problem> {
    let run = found(&api, &caller, name).await?;
    let nothing = WaitedResult::default();
    Ok(Json(RunState::new(&api, &run.id, run.phase, nothing)))
}
