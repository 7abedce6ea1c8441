//! Tasks: what they take, and starting one.

pub mod get_task;
pub mod run_task;

use flyte_idl::flyteidl2::task::NamedLiteral;
use flyte_webhook_core::{id::TaskId, json, literal, policy::Permit};

use crate::{
    control_plane::{Caller, Task},
    http::{
        Api, Problem, Violation,
        extract::{FromQuery, QueryReader},
    },
};

/// The version of a task, the latest where absent.
pub struct VersionQuery {
    version: Option<String>,
}

impl VersionQuery {
    fn as_deref(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

impl FromQuery for VersionQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            version: query.text("version"),
        }
    }
}

/// A task that is allowed.
pub(super) fn permitted(
    api: &Api,
    caller: &Caller,
    id: &TaskId,
) -> Result<Permit<TaskId>, Problem> {
    let permit = api.policy.task(id).map_err(Problem::Denied)?;
    caller.trail().permitted_by(permit.rule());
    Ok(permit)
}

/// The version of a task that is meant.
pub(super) async fn find(
    api: &Api,
    caller: &Caller,
    permit: &Permit<TaskId>,
    version: Option<&str>,
) -> Result<Task, Problem> {
    let found = api.control_plane.task(caller, permit, version).await;
    found
        .map_err(Problem::control_plane("Looking up the task"))?
        .ok_or_else(|| no_task(permit.get(), version))
}

/// The body as all inputs of a task, or everything that does not fit.
pub(super) fn inputs(task: &Task, body: &json::Object) -> Result<Vec<NamedLiteral>, Problem> {
    literal::inputs_from_json(&task.inputs, &task.default_inputs, body)
        .map_err(|errors| Problem::Invalid(errors.into_iter().map(Violation::from).collect()))
}

/// An empty version is not the latest, but the reference names it so.
fn no_task(task: &TaskId, version: Option<&str>) -> Problem {
    Problem::NoTask {
        name: task.name.to_string(),
        version: version
            .filter(|version| !version.is_empty())
            .unwrap_or("latest")
            .to_owned(),
        place: format!("{}/{}", task.domain, task.project),
    }
}
