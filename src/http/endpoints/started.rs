//! The answer to a request that has started a run.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::waited::{Waited, WaitedResult, answer_or_problem};
use crate::{
    control_plane::{Caller, Phase, RunId},
    http::{Api, Problem, extract::Wait, layer::problem_body::ProblemBody},
};

/// The run that was started.
#[derive(Serialize, ToSchema)]
pub struct StartedRun {
    /// The run's page in the console.
    #[schema(
        example = "https://flyte.example.com/v2/domain/development/project/flytesnacks/runs/wk2vq7j5n4c3x6m5t4y3z2a7b6c"
    )]
    url: String,
    /// The run's name.
    #[schema(example = "wk2vq7j5n4c3x6m5t4y3z2a7b6c")]
    name: String,
    /// Where the run lives.
    #[schema(example = "flytesnacks")]
    project: String,
    /// Where the run lives.
    #[schema(example = "development")]
    domain: String,
    /// Only where the caller waits: where the run is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "succeeded")]
    phase: Option<&'static str>,
    /// Only where the caller waits: whether the run has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    done: Option<bool>,
    #[serde(flatten)]
    result: WaitedResult,
}

/// A run that was started and waited for and did not succeed, as a problem.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what is made of a run and a problem")]
pub struct FailedStart {
    #[serde(flatten)]
    problem: ProblemBody<'static>,
    #[serde(flatten)]
    run: StartedRun,
}

impl StartedRun {
    fn new(api: &Api, run: &RunId) -> Self {
        Self {
            url: api.control_plane.run_url(run),
            name: run.name.to_string(),
            project: run.scope.project.to_string(),
            domain: run.scope.domain.to_string(),
            phase: None,
            done: None,
            result: WaitedResult::default(),
        }
    }

    fn with(self, waited: Waited) -> Self {
        Self {
            phase: Some(waited.phase.as_str()),
            done: Some(waited.phase.is_done()),
            result: waited.result.into(),
            ..self
        }
    }
}

/// The answer for a run that was started: at once, or when it has ended.
pub(super) async fn answer(
    api: &Api,
    caller: &Caller,
    run: RunId,
    wait: Option<Wait>,
) -> Result<Response, Problem> {
    let started = StartedRun::new(api, &run);
    let Some(wait) = wait else {
        return Ok(Json(started).into_response());
    };
    let waited = end(api, caller, &run, &wait).await;
    let outcome = waited.outcome();
    answer_or_problem(api, &run, &wait, outcome, started.with(waited))
}

/// Waits for a run that was just started. Whatever goes wrong meanwhile, the
/// run is there, and the caller must learn its name.
pub(super) async fn end(api: &Api, caller: &Caller, run: &RunId, wait: &Wait) -> Waited {
    // In a box, so that the requests that do not wait do not move what waiting takes.
    let waited = Box::pin(Waited::for_end(api, caller, run, wait, Phase::QUEUED)).await;
    if let Some(error) = &waited.trouble {
        tracing::warn!(run.name = %run.name, error.message = %error, request.id = caller.request_id().to_str().unwrap_or_default(), "A run could not be waited for: {error}");
    }
    waited
}
