//! `POST /run/{name}/abort`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::{Caller, Run},
    http::{
        Api, ApiState, Problem,
        extract::{FromQuery, Query, QueryReader, RunPath},
    },
};

const DEFAULT_REASON: &str = "Aborted via webhook API";

/// The run that was asked to end.
#[derive(Serialize, ToSchema)]
pub struct AbortedRun {
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    name: String,
    /// Always `abort_requested`: the run ends some time later.
    #[schema(example = "abort_requested")]
    status: &'static str,
    #[schema(example = "Aborted via webhook API")]
    reason: String,
    #[schema(example = "flytesnacks")]
    project: String,
    #[schema(example = "development")]
    domain: String,
}

/// Why, and where the run lives.
pub struct AbortQuery {
    reason: Option<String>,
    scope: ScopeQuery,
}

impl FromQuery for AbortQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            reason: query.text("reason"),
            scope: ScopeQuery::from_query(query),
        }
    }
}

/// Asks for a run to end. A run that has ended already stays as it is.
#[utoipa::path(
    post,
    path = "/run/{name}/abort",
    params(
        ("name" = String, Path, description = "The run's name"),
        ("reason" = Option<String>, Query, description = "Shown with the run"),
        ScopeQuery,
    ),
    responses((status = 200, body = AbortedRun, description = "The run was asked to end"))
)]
pub async fn abort_run(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(AbortQuery { reason, scope }): Query<AbortQuery>,
) -> Result<Json<AbortedRun>, Problem> {
    let run = permitted_run(&api, &caller, &scope.run(&api, name)).await?;
    abort(&api, &caller, run, reason).await.map(Json)
}

/// Asks for a run that may be seen to end.
pub(in crate::http::endpoints) async fn abort(
    api: &Api,
    caller: &Caller,
    run: Run,
    reason: Option<String>,
) -> Result<AbortedRun, Problem> {
    let reason = reason.unwrap_or_else(|| DEFAULT_REASON.to_owned());
    // Some control planes mark whatever they are told to as aborted, also what
    // has succeeded.
    if !run.phase.is_done() {
        api.control_plane
            .abort_run(caller, &run.id, &reason)
            .await
            .map_err(Problem::control_plane("Aborting the run"))?;
    }
    Ok(AbortedRun {
        status: "abort_requested",
        reason,
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    })
}
