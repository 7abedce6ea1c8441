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
        extract::{FromQuery, Prefer, Query, QueryReader, RunPath, Wait, WaitQuery},
        layer::problem_body::ProblemBody,
    },
};

/// The state of a run.
#[derive(Serialize, ToSchema)]
pub struct RunState {
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    name: String,
    /// Where the run is in its life: `queued`, `waiting_for_resources`,
    /// `initializing`, `running`, `paused`, or, when it has ended, `succeeded`,
    /// `recovered`, `failed`, `aborted` or `timed_out`.
    #[schema(example = "succeeded")]
    phase: &'static str,
    /// The run's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/runs/wk2vq7j5n4c3x6m5t4y3z2a7b6c"
    )]
    url: String,
    /// Whether the run has ended.
    #[schema(example = true)]
    done: bool,
    #[schema(example = "flytesnacks")]
    project: String,
    #[schema(example = "development")]
    domain: String,
    #[serde(flatten)]
    result: WaitedResult,
}

/// A run that was waited for and did not succeed, as a problem.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what is made of a state and a problem")]
pub struct FailedState {
    #[serde(flatten)]
    problem: ProblemBody<'static>,
    #[serde(flatten)]
    state: RunState,
}

/// Where the run lives, and how long to wait for it to end.
pub struct GetQuery {
    scope: ScopeQuery,
    wait: WaitQuery,
}

impl FromQuery for GetQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            scope: ScopeQuery::from_query(query),
            wait: WaitQuery::from_query(query),
        }
    }
}

/// Says how far a run is, or waits for it to end.
#[utoipa::path(
    get,
    path = "/run/{name}",
    params(
        ("name" = String, Path, description = "The run's name"),
        ScopeQuery,
        WaitQuery,
        Prefer,
    ),
    responses(
        (
            status = 200,
            body = RunState,
            description = "How the run is; where the caller waited, it has succeeded",
            headers(("Preference-Applied" = String, description = "How it was waited, if so")),
        ),
        (
            status = 202,
            body = RunState,
            description = "The run did not end in time",
            headers(
                ("Location" = String, description = "Where to ask how the run is"),
                ("Preference-Applied" = String, description = "How it was waited"),
            ),
        ),
        (
            status = 424,
            content(
                (FailedState = "application/json"),
                (FailedState = "application/problem+json"),
            ),
            description = "The run was waited for and ended without success",
        ),
    )
)]
pub async fn get_run(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(GetQuery {
        scope,
        wait: WaitQuery { wait },
    }): Query<GetQuery>,
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
    // One that has ended is not waited for.
    let wait = if run.phase.is_done() {
        wait
    } else {
        wait.reserved()?
    };
    // In a box, so that the requests that do not wait do not move what waiting takes.
    let waited = Box::pin(end(&api, &caller, run, &wait)).await;
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
