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
        ("task_name" = String, Path, description = "The name of the task that it is a trigger of", example = "demo.hello"),
        ("trigger_name" = String, Path, description = "The trigger's name", example = "daily"),
    ),
    responses((status = 200, body = SwitchedTrigger, description = "The trigger does not fire"))
)]
pub async fn deactivate_trigger(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TriggerPath(id): TriggerPath,
) -> Result<Json<SwitchedTrigger>, Problem> {
    switch(&api, &caller, id, false).await.map(Json)
}
