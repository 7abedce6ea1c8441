//! `POST /trigger/{task_name}/{trigger_name}/activate`

use axum::{Json, extract::State};

use super::{SwitchedTrigger, switch};
use crate::{
    control_plane::Caller,
    http::{ApiState, Problem, extract::TriggerPath},
};

/// Lets a trigger fire.
#[utoipa::path(
    post,
    path = "/trigger/{task_name}/{trigger_name}/activate",
    params(
        ("task_name" = String, Path, description = "The name of the task that it is a trigger of", example = "demo.hello"),
        ("trigger_name" = String, Path, description = "The trigger's name", example = "daily"),
    ),
    responses((status = 200, body = SwitchedTrigger, description = "The trigger fires"))
)]
pub async fn activate_trigger(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TriggerPath(id): TriggerPath,
) -> Result<Json<SwitchedTrigger>, Problem> {
    switch(&api, &caller, id, true).await.map(Json)
}
