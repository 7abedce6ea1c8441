//! `POST /run-task/{domain}/{project}/{name}`

use axum::{Json, extract::State};

use super::{VersionQuery, found, inputs};
use crate::{
    control_plane::{Caller, Given, Start},
    http::{
        ApiState, Problem,
        endpoints::started::{StartedRun, start},
        extract::{Inputs, Query, TaskPath},
    },
};

/// Starts a run of a task in the webhook's own project and domain.
///
/// The body is the object of inputs. Inputs with a default may be left out.
#[utoipa::path(
    post,
    path = "/run-task/{domain}/{project}/{name}",
    params(
        ("domain" = String, Path, example = "development"),
        ("project" = String, Path, example = "flytesnacks"),
        ("name" = String, Path, example = "demo.hello"),
        ("version" = Option<String>, Query, description = "The version; absent: the latest"),
    ),
    request_body(content = serde_json::Value, example = json!({"name": "Ada"})),
    responses((status = 200, body = StartedRun))
)]
pub async fn run_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TaskPath(id): TaskPath,
    Query(VersionQuery { version }): Query<VersionQuery>,
    Inputs(body): Inputs,
) -> Result<Json<StartedRun>, Problem> {
    let permit = api.policy.task(&id).map_err(Problem::Denied)?;
    let task = found(&api, &caller, &permit, version.as_deref()).await?;
    let given = Given {
        inputs: inputs(&task, &body)?,
        task: &task,
    };
    let run = start(&api, &caller, Start::Task(given)).await?;
    Ok(Json(StartedRun::new(&api, run)))
}
