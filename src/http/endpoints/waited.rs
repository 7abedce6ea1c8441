//! The answers to requests that wait for a run to end: 200 when it has
//! succeeded, the configured status when it has not, 202 while it goes on.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::LOCATION};
use serde::Serialize;
use serde_json::{Value, value::to_raw_value};
use url::form_urlencoded;
use utoipa::ToSchema;

use super::result::{RunError, RunResult};
use crate::{
    control_plane::{Caller, Ended, Error, Phase, RunId, Sight},
    http::{Api, Problem, extract::Wait},
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What came of a run, in answers that say so only to those who waited.
#[derive(Default, Serialize, ToSchema)]
pub struct WaitedResult {
    /// Only where the caller waits: the outputs by name, null until the run has
    /// succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<HashMap<String, Value>>, example = json!({"o0": "Hello, Ada!"}))]
    outputs: Option<Value>,
    /// Only where the caller waits: why the run ended without success.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RunError>,
}

impl From<RunResult> for WaitedResult {
    fn from(result: RunResult) -> Self {
        Self {
            outputs: Some(result.outputs.map_or(Value::Null, Value::Object)),
            error: result.error,
        }
    }
}

/// How a wait came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The run has succeeded, and its outputs are here.
    Succeeded,
    /// The run has ended otherwise.
    Failed,
    /// The run goes on, or its outputs are not to be had now.
    Open,
}

/// What a request knows that has waited.
pub(super) struct Waited {
    pub(super) phase: Phase,
    pub(super) result: RunResult,
    /// Why no more is known.
    pub(super) trouble: Option<Error>,
}

impl Waited {
    /// Waits for a run that was in this phase before.
    pub(super) async fn for_end(
        api: &Api,
        caller: &Caller,
        run: &RunId,
        wait: &Wait,
        before: Phase,
    ) -> Self {
        if wait.time.is_zero() {
            return Self::so_far(before);
        }
        wait.begin();
        match api.watches.end(caller, run, wait.time).await {
            Sight::Going(phase) => Self::so_far(phase.unwrap_or(before)),
            Sight::Ended(ended) => Self::of(&ended),
            Sight::Lost(error) => Self {
                trouble: Some(error),
                ..Self::so_far(before)
            },
        }
    }

    /// What is known of a run that has ended.
    pub(super) fn of(ended: &Ended) -> Self {
        let phase = ended.run.phase;
        match &ended.data {
            Ok(data) => Self {
                result: RunResult::new(&ended.run, data),
                ..Self::so_far(phase)
            },
            Err(error) => Self {
                trouble: Some(error.clone()),
                ..Self::so_far(phase)
            },
        }
    }

    fn so_far(phase: Phase) -> Self {
        Self {
            phase,
            result: RunResult::default(),
            trouble: None,
        }
    }

    /// How the wait came out.
    pub(super) fn outcome(&self) -> Outcome {
        if self.result.outputs.is_some() {
            Outcome::Succeeded
        } else if self.phase.has_failed() {
            Outcome::Failed
        } else {
            Outcome::Open
        }
    }
}

/// An answer with the status and the headers that the outcome asks for.
pub(super) fn answer<B: Serialize>(
    api: &Api,
    run: &RunId,
    wait: &Wait,
    outcome: Outcome,
    body: B,
) -> Response {
    let mut headers = HeaderMap::new();
    let mut applied = Vec::new();
    if wait.is_timed {
        applied.push(format!("wait={}", wait.time.as_secs()));
    }
    let status = match outcome {
        Outcome::Succeeded => StatusCode::OK,
        Outcome::Failed => api.failed_run_status,
        Outcome::Open => {
            if wait.respond_async {
                applied.push("respond-async".to_owned());
            }
            headers.insert(LOCATION, text(&location(api, run)));
            StatusCode::ACCEPTED
        }
    };
    headers.insert(PREFERENCE_APPLIED, text(&applied.join(", ")));
    (status, headers, Json(body)).into_response()
}

/// The same, with a run that did not succeed as a problem.
pub(super) fn answer_or_problem<B: Serialize>(
    api: &Api,
    run: &RunId,
    wait: &Wait,
    outcome: Outcome,
    body: B,
) -> Result<Response, Problem> {
    if outcome != Outcome::Failed {
        return Ok(answer(api, run, wait, outcome, body));
    }
    let members = to_raw_value(&body).expect("strings and numbers are JSON");
    Err(Problem::RunFailed {
        run: run.name.clone(),
        status: api.failed_run_status,
        members: Arc::from(members),
    })
}

/// Where the run is to be seen.
fn location(api: &Api, run: &RunId) -> String {
    let path = format!("/run/{}", run.name);
    if run.scope == api.scope {
        return path;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("project", run.scope.project.as_str())
        .append_pair("domain", run.scope.domain.as_str())
        .finish();
    format!("{path}?{query}")
}

fn text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("names and numbers are plain ASCII")
}
