//! `POST /app/{name}/activate`

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

/// An app that was told to start.
#[derive(Serialize, ToSchema)]
pub struct ActivatedApp {
    #[schema(example = "demo-echo")]
    name: String,
    /// Whether it answers already.
    is_active: bool,
    /// Where it answers; empty where it does not.
    #[schema(example = "http://127.0.0.1:40001")]
    endpoint: String,
    /// The app's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/apps/demo-echo"
    )]
    url: String,
}

/// Starts an app. One that is active stays as it is.
#[utoipa::path(
    post,
    path = "/app/{name}/activate",
    params(
        ("name" = String, Path, description = "The app's name", example = "demo-echo"),
        ScopeQuery,
        ("wait" = Option<bool>, Query, description = "Answer when it is there, at most `limits.max_wait` later"),
    ),
    responses((status = 200, body = ActivatedApp, description = "The app was told to start, or is active"))
)]
pub async fn activate_app(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    AppPath(name): AppPath,
    Query(ChangeQuery { scope, wait }): Query<ChangeQuery>,
    Extension(deadline): Extension<Deadline>,
    Extension(place): Extension<Place>,
) -> Result<Json<ActivatedApp>, Problem> {
    let permit = permitted(&api, scope, name, "activate")?;
    let change = Change {
        api: &api,
        caller: &caller,
        deadline: &deadline,
        place: &place,
        goal: AppGoal::Active,
        verb: "activate",
        wait,
    };
    let app = Box::pin(change.make(&permit)).await?;
    Ok(Json(ActivatedApp {
        name: app.id().name.to_string(),
        is_active: app.is_active(),
        endpoint: app.endpoint().to_owned(),
        url: api.control_plane.app_url(app.id()),
    }))
}
