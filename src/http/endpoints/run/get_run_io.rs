//! `GET /run/{name}/io`

use axum::{Json, extract::State};
use flyte_idl::flyteidl2::{core::VariableMap, task::NamedLiteral};
use flyte_webhook_core::literal;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ScopeQuery, permitted_run};
use crate::{
    control_plane::{Caller, RunFailure},
    http::{
        ApiState, Problem,
        extract::{Query, RunPath},
    },
};

/// What went into a run and what came out.
#[derive(Serialize, ToSchema)]
pub struct RunIo {
    name: String,
    /// The inputs by name.
    inputs: Map<String, Value>,
    /// The outputs by name; null until the run has succeeded.
    outputs: Option<Map<String, Value>>,
    /// Why the run ended without success.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RunError>,
    project: String,
    domain: String,
}

/// Why a run ended without success.
#[derive(Serialize, ToSchema)]
struct RunError {
    /// Whose fault it was: `user`, `system` or `unknown`.
    #[schema(example = "user")]
    kind: &'static str,
    #[schema(example = "ValueError")]
    code: String,
    message: String,
}

/// Shows what went into a run and what came out.
#[utoipa::path(
    get,
    path = "/run/{name}/io",
    params(
        ("name" = String, Path),
        ("project" = Option<String>, Query, description = "Absent: the webhook's own"),
        ("domain" = Option<String>, Query, description = "Absent: the webhook's own"),
    ),
    responses((status = 200, body = RunIo))
)]
pub async fn get_run_io(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    RunPath(name): RunPath,
    Query(scope): Query<ScopeQuery>,
) -> Result<Json<RunIo>, Problem> {
    let run = permitted_run(&api, &caller, &scope.run(&api, name)).await?;
    let data = api
        .control_plane
        .action_data(&caller, &run.id)
        .await
        .map_err(Problem::control_plane("Reading the run's data"))?;
    let interface = &run.interface;
    let outputs = run
        .phase
        .has_outputs()
        .then(|| by_name(interface.outputs.as_option(), &data.outputs));
    Ok(Json(RunIo {
        inputs: by_name(interface.inputs.as_option(), &data.inputs),
        outputs,
        error: run.failure.map(RunError::from),
        name: run.id.name.into(),
        project: run.id.scope.project.into(),
        domain: run.id.scope.domain.into(),
    }))
}

/// Values in the order of the interface; what that does not declare is left
/// out, since nobody knows its type.
fn by_name(declared: Option<&VariableMap>, literals: &[NamedLiteral]) -> Map<String, Value> {
    let variables = declared.into_iter().flat_map(|map| &map.variables);
    variables
        .filter_map(|variable| {
            let literal = literals
                .iter()
                .find(|literal| literal.name == variable.key)?;
            let declared = variable.value.as_option()?.r#type.as_option()?;
            let value = literal.value.as_option()?;
            Some((
                variable.key.clone(),
                literal::to_json_lossy(declared, value),
            ))
        })
        .collect()
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
