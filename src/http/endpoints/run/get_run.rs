//! `GET /run/{name}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::{Caller, Phase, Run, RunId},
    http::{
        Api, ApiState, Problem,
        endpoints::waited::{Waited, WaitedResult, answer_or_problem},
        extract::{FromQuery, Prefer, Query, QueryReader, RunPath, Wait},
    },
};

/// The state of a run.
#[derive(Serialize, ToSchema)]
pub struct RunState {
    name: String,
    /// Where the run is in its life.
    #[schema(example = "succeeded")]
    phase: &'static str,
    /// The run's page in the console.
    url: String,
    /// Whether the run has ended.
    done: bool,
    project: String,
    domain: String,
    #[serde(flatten)]
    result: WaitedResult,
}

/// Where the run lives, and how long to wait for it to end.
pub struct GetQuery {
    scope: ScopeQuery,
    wait: Option<u64>,
}

impl FromQuery for GetQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            scope: ScopeQuery::from_query(query),
            wait: query.seconds("wait"),
        }
    }
}

/// Says how far a run is, or waits for it to end.
#[utoipa::path(
    get,
    path = "/run/{name}",
    params(
        ("name" = String, Path),
        ("project" = Option<String>, Query, description = "Absent: the webhook's own"),
        ("domain" = Option<String>, Query, description = "Absent: the webhook's own"),
        ("wait" = Option<u64>, Query, description = "Wait so many seconds for the run to end"),
        ("Prefer" = Option<String>, Header, description = "`wait=SECONDS`, as in RFC 7240"),
    ),
    responses(
        (status = 200, body = RunState),
        (status = 202, body = RunState, description = "The run did not end in time"),
        (status = 424, description = "The run ended without success; wait.failed_status"),
    )
)]
pub async fn get_run(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(GetQuery { scope, wait }): Query<GetQuery>,
    prefer: Prefer,
) -> Result<Response, Problem> {
    let run = permitted_run(&api, &caller, &scope.run(&api, name)).await?;
    let Some(wait) = prefer.wait(wait, api.max_wait) else {
        return Ok(Json(RunState::new(
            &api,
            &run.id,
            run.phase,
            WaitedResult::default(),
        ))
        .into_response());
    };
    let id = run.id.clone();
    let waited = end(&api, &caller, run, &wait).await;
    if let Some(trouble) = waited.trouble {
        return Err(Problem::control_plane("Waiting for the run")(trouble));
    }
    let outcome = waited.outcome();
    let state = RunState::new(&api, &id, waited.phase, waited.result.into());
    answer_or_problem(&api, &id, &wait, outcome, state)
}

async fn end(api: &Api, caller: &Caller, run: Run, wait: &Wait) -> Waited {
    if run.phase.is_done() {
        return Waited::of(&api.control_plane.outcome(caller, run).await);
    }
    Waited::for_end(api, caller, &run.id, wait, run.phase).await
}

impl RunState {
    /// A run that is there, in this phase.
    pub(in crate::http::endpoints) fn new(
        api: &Api,
        id: &RunId,
        phase: Phase,
        result: WaitedResult,
    ) -> Self {
        Self {
            name: id.name.to_string(),
            phase: phase.as_str(),
            url: api.control_plane.run_url(id),
            done: phase.is_done(),
            project: id.scope.project.to_string(),
            domain: id.scope.domain.to_string(),
            result,
        }
    }
}
