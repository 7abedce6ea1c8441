//! `GET /me`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    control_plane::Caller,
    http::{ApiState, Problem},
};

/// Who the credentials belong to.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The stable identifier.
    #[schema(example = "sub-123")]
    subject: String,
    /// The name to show.
    #[schema(example = "Ada Lovelace")]
    name: String,
}

/// Says who the credentials belong to.
#[utoipa::path(
    get,
    path = "/me",
    responses((status = 200, body = Me, description = "Who the credentials belong to"))
)]
pub async fn me(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
) -> Result<Json<Me>, Problem> {
    let user = api
        .control_plane
        .user(&caller)
        .await
        .map_err(Problem::control_plane("Looking up the user"))?;
    Ok(Json(Me {
        subject: user.subject,
        name: user.name,
    }))
}
