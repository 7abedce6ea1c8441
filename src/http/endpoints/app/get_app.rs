//! `GET /app/{name}`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{super::run::ScopeQuery, look_up, permitted};
use crate::{
    control_plane::Caller,
    http::{
        ApiState, Problem,
        extract::{AppPath, Query},
    },
};

/// The state of an app.
#[derive(Serialize, ToSchema)]
pub struct AppAnswer {
    #[schema(example = "demo-echo")]
    name: String,
    /// How often it was changed, as far as the control plane counts.
    revision: u64,
    /// Where it answers; empty where it does not.
    #[schema(example = "http://127.0.0.1:40001")]
    endpoint: String,
    /// Whether it answers.
    is_active: bool,
    /// Whether it does not run.
    is_deactivated: bool,
    /// The app's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/apps/demo-echo"
    )]
    url: String,
}

/// Says how an app is.
#[utoipa::path(
    get,
    path = "/app/{name}",
    params(
        ("name" = String, Path, description = "The app's name", example = "demo-echo"),
        ScopeQuery,
    ),
    responses((status = 200, body = AppAnswer, description = "How the app is"))
)]
pub async fn get_app(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    AppPath(name): AppPath,
    Query(scope): Query<ScopeQuery>,
) -> Result<Json<AppAnswer>, Problem> {
    let permit = permitted(&api, scope, name, "get status of")?;
    let app = look_up(&api, &caller, &permit).await?;
    Ok(Json(AppAnswer {
        name: app.id().name.to_string(),
        revision: app.revision(),
        endpoint: app.endpoint().to_owned(),
        is_active: app.is_active(),
        is_deactivated: app.is_deactivated(),
        url: api.control_plane.app_url(app.id()),
    }))
}
