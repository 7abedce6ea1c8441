//! `POST /run-task/{domain}/{project}/{name}`

use axum::{extract::State, response::Response};

use super::{VersionQuery, inputs, permitted_task};
use crate::{
    control_plane::{Caller, Given, RunSettings, Start},
    http::{
        ApiState, Problem,
        endpoints::started::{StartedRun, answer, start},
        extract::{FromQuery, Inputs, Prefer, Query, QueryReader, TaskPath},
    },
};

/// Which version to run, and how long to wait for the run to end.
pub struct RunQuery {
    version: VersionQuery,
    wait: Option<u64>,
}

impl FromQuery for RunQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            version: VersionQuery::from_query(query),
            wait: query.seconds("wait"),
        }
    }
}

/// Starts a run of a task in the webhook's own project and domain.
///
/// The body is the object of inputs. Inputs with a default may be left out.
/// Where the caller waits, the answer holds the outputs.
#[utoipa::path(
    post,
    path = "/run-task/{domain}/{project}/{name}",
    params(
        ("domain" = String, Path, example = "development"),
        ("project" = String, Path, example = "flytesnacks"),
        ("name" = String, Path, example = "demo.hello"),
        ("version" = Option<String>, Query, description = "The version; absent: the latest"),
        ("wait" = Option<u64>, Query, description = "Wait so many seconds for the run to end"),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS`, as in RFC 7240"),
    ),
    request_body(content = serde_json::Value, example = json!({"name": "Ada"})),
    responses(
        (status = 200, body = StartedRun),
        (status = 202, body = StartedRun, description = "The run did not end in time"),
        (status = 424, description = "The run ended without success; wait.failed_status"),
    )
)]
pub async fn run_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TaskPath(id): TaskPath,
    Query(query): Query<RunQuery>,
    prefer: Prefer,
    Inputs(body): Inputs,
) -> Result<Response, Problem> {
    let task = permitted_task(&api, &caller, &id, query.version.as_deref()).await?;
    let given = Given::new(&task, inputs(&task, &body)?);
    let settings = RunSettings::default();
    let run = start(&api, &caller, Start::Task(given, settings)).await?;
    let wait = prefer.wait(query.wait, api.max_wait);
    answer(&api, &caller, run, wait).await
}
