//! `POST /trigger/{task_name}/{trigger_name}/deactivate`

use axum::{Json, extract::State};

use super::{SwitchedTrigger, switch};
use crate::{
    control_plane::Caller,
    http::{ApiState, Problem, extract::TriggerPath},
};

/// Keeps a trigger from firing.
#[utoipa::path(
    post,
    path = "/trigger/{task_name}/{trigger_name}/deactivate",
    params(
        ("task_name" = String, Path, example = "demo.hello"),
        ("trigger_name" = String, Path, example = "daily"),
    ),
    responses((status = 200, body = SwitchedTrigger))
)]
pub async fn deactivate_trigger(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TriggerPath(id): TriggerPath,
) -> Result<Json<SwitchedTrigger>, Problem> {
    switch(&api, &caller, id, false).await.map(Json)
}
