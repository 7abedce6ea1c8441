//! `POST /app/{name}/deactivate`

use axum::{Extension, Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{super::run::ScopeQuery, Change, ChangeQuery, permitted};
use crate::{
    control_plane::{AppGoal, Caller},
    http::{
        ApiState, Problem,
        extract::{AppPath, Query},
        layer::{deadline::Deadline, load_shed::Place},
    },
};

/// An app that was told to stop.
#[derive(Serialize, ToSchema)]
pub struct DeactivatedApp {
    #[schema(example = "demo-echo")]
    name: String,
    /// Whether it still answers.
    is_active: bool,
    /// Whether it has stopped.
    is_deactivated: bool,
    /// The app's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/apps/demo-echo"
    )]
    url: String,
}

/// Stops an app. One that does not run stays as it is.
#[utoipa::path(
    post,
    path = "/app/{name}/deactivate",
    params(
        ("name" = String, Path, description = "The app's name", example = "demo-echo"),
        ScopeQuery,
        ("wait" = Option<bool>, Query, description = "Answer when it is there, at most `limits.max_wait` later"),
    ),
    responses((status = 200, body = DeactivatedApp, description = "The app was told to stop, or does not run"))
)]
pub async fn deactivate_app(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    AppPath(name): AppPath,
    Query(ChangeQuery { scope, wait }): Query<ChangeQuery>,
    Extension(deadline): Extension<Deadline>,
    Extension(place): Extension<Place>,
) -> Result<Json<DeactivatedApp>, Problem> {
    let permit = permitted(&api, scope, name, "deactivate")?;
    let change = Change {
        api: &api,
        caller: &caller,
        deadline: &deadline,
        place: &place,
        goal: AppGoal::Deactivated,
        verb: "deactivate",
        wait,
    };
    let app = Box::pin(change.make(&permit)).await?;
    Ok(Json(DeactivatedApp {
        name: app.id().name.to_string(),
        is_active: app.is_active(),
        is_deactivated: app.is_deactivated(),
        url: api.control_plane.app_url(app.id()),
    }))
}
