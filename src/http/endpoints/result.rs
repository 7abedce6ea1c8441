//! What came of a run, as JSON.

use flyte_webhook_core::literal::outputs_to_json;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::control_plane::{ActionData, Run, RunFailure};

/// What came of a run.
#[derive(Default, Serialize, ToSchema)]
pub struct RunResult {
    /// The outputs by name; null until the run has succeeded.
    #[schema(example = json!({"o0": "Hello, Ada!"}))]
    pub(super) outputs: Option<Map<String, Value>>,
    /// Why the run ended without success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<RunError>,
}

/// Why a run ended without success.
#[derive(Serialize, ToSchema)]
pub struct RunError {
    /// Whose fault it was: `user`, `system` or `unknown`.
    #[schema(example = "user")]
    kind: &'static str,
    #[schema(example = "ValueError")]
    code: String,
    #[schema(example = "name is empty")]
    message: String,
}

impl RunResult {
    /// What came of a run that is there in this state, with this data.
    pub(super) fn new(run: &Run, data: &ActionData) -> Self {
        let outputs = || outputs_to_json(&data.interface.outputs, &data.outputs);
        Self {
            outputs: run.phase.has_outputs().then(outputs),
            error: failure(run).map(RunError::from),
        }
    }
}

/// Why a run ended without success, also where the control plane does not say.
fn failure(run: &Run) -> Option<RunFailure> {
    let unexplained = run.phase.is_done() && !run.phase.has_outputs();
    run.failure.clone().or_else(|| {
        unexplained.then(|| RunFailure {
            kind: "unknown",
            code: String::new(),
            message: format!("the run ended as {}", run.phase),
        })
    })
}

impl From<RunFailure> for RunError {
    fn from(failure: RunFailure) -> Self {
        Self {
            kind: failure.kind,
            code: failure.code,
            message: failure.message,
        }
    }
}
