//! `GET /run/{name}`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        extract::{Query, RunPath},
    },
};

/// The state of a run.
#[derive(Serialize, ToSchema)]
pub struct RunState {
    name: String,
    /// Where the run is in its life.
    #[schema(example = "succeeded")]
    phase: &'static str,
    /// The run's page in the console.
    url: String,
    /// Whether the run has ended.
    done: bool,
    project: String,
    domain: String,
}

/// Says how far a run is.
#[utoipa::path(
    get,
    path = "/run/{name}",
    params(
        ("name" = String, Path),
        ("project" = Option<String>, Query, description = "Absent: the webhook's own"),
        ("domain" = Option<String>, Query, description = "Absent: the webhook's own"),
    ),
    responses((status = 200, body = RunState))
)]
pub async fn get_run(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(scope): Query<ScopeQuery>,
) -> Result<Json<RunState>, Problem> {
    let run = permitted_run(&api, &caller, &scope.run(&api, name)).await?;
    Ok(Json(RunState {
        phase: run.phase.as_str(),
        url: api.control_plane.run_url(&run.id),
        done: run.phase.is_done(),
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    }))
}
