//! `POST /prefetch/hf-model/{run_name}/abort`

use axum::{Json, extract::State};

use super::found;
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        endpoints::run::abort_run::{AbortedRun, abort},
        extract::{FromQuery, Query, QueryReader, RunPath},
    },
};

/// Why the run is to end.
pub struct ReasonQuery(Option<String>);

impl FromQuery for ReasonQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(query.text("reason"))
    }
}

/// Asks for the fetching of a model to end.
///
/// A run that has ended already stays as it is.
#[utoipa::path(
    post,
    path = "/prefetch/hf-model/{run_name}/abort",
    params(
        ("run_name" = String, Path, description = "The run that fetches the model"),
        ("reason" = Option<String>, Query, description = "Shown with the run"),
    ),
    responses((status = 200, body = AbortedRun, description = "The run ends, or has ended"))
)]
pub async fn abort_prefetch_hf_model(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(ReasonQuery(reason)): Query<ReasonQuery>,
) -> Result<Json<AbortedRun>, Problem> {
    let run = found(&api, &caller, name).await?;
    abort(&api, &caller, run, reason).await.map(Json)
}
