//! `POST /run-task/{domain}/{project}/{name}`

use axum::{extract::State, response::Response};

use flyte_webhook_core::endpoint::Endpoint;

use super::{VersionQuery, find, inputs, permitted};
use crate::{
    control_plane::{Caller, Given, RunSettings, Start},
    http::{
        ApiState, Problem,
        endpoints::{
            launch::Launch,
            started::{FailedStart, StartedRun, answer},
        },
        extract::{
            FromQuery, IdempotencyHeaders, Idempotent, Inputs, Prefer, Query, QueryReader,
            TaskPath, Wait, WaitQuery,
        },
    },
};

/// Which version to run, and how long to wait for the run to end.
pub struct RunQuery {
    version: VersionQuery,
    wait: WaitQuery,
}

impl FromQuery for RunQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            version: VersionQuery::from_query(query),
            wait: WaitQuery::from_query(query),
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
        ("domain" = String, Path, description = "The task's domain", example = "development"),
        ("project" = String, Path, description = "The task's project", example = "flytesnacks"),
        ("name" = String, Path, description = "The task's name", example = "demo.hello"),
        ("version" = Option<String>, Query, description = "The task's version; absent: the latest"),
        WaitQuery,
        Prefer,
        IdempotencyHeaders,
    ),
    request_body(content = Object, description = "The inputs by name", example = json!({"name": "Ada"})),
    responses(
        (
            status = 200,
            body = StartedRun,
            description = "The run was started; where the caller waited, it has succeeded",
            headers(("Preference-Applied" = String, description = "How it was waited, if so")),
        ),
        (
            status = 202,
            body = StartedRun,
            description = "The run was started and did not end in time",
            headers(
                ("Location" = String, description = "Where to ask how the run is"),
                ("Preference-Applied" = String, description = "How it was waited"),
            ),
        ),
        (
            status = 424,
            content(
                (FailedStart = "application/json"),
                (FailedStart = "application/problem+json"),
            ),
            description = "The run was waited for and ended without success",
        ),
    )
)]
pub async fn run_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TaskPath(id): TaskPath,
    Query(query): Query<RunQuery>,
    prefer: Prefer,
    Idempotent(idempotency, Inputs(body)): Idempotent<Inputs>,
) -> Result<Response, Problem> {
    let permit = permitted(&api, &caller, &id)?;
    let wait = prefer.wait(query.wait.wait, api.max_wait);
    let wait = wait.map(Wait::reserved).transpose()?;
    let what = (Endpoint::RunTask, id.to_string());
    let run = match Launch::of(&api, &caller, idempotency, what).await? {
        Launch::Known(run) => run,
        Launch::New(launch) => {
            let version = launch.version().or(query.version.as_deref());
            let task = find(&api, &caller, &permit, version).await?;
            let given = Given::new(&task, inputs(&task, &body)?);
            let start = Start::Task(given, RunSettings::default());
            launch.start(&api, &caller, start).await?
        }
    };
    answer(&api, &caller, run, wait).await
}
