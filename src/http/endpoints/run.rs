//! Runs: their state, what went in and out, and ending one.

pub mod abort_run;
pub mod get_run;
pub mod get_run_io;

use flyte_webhook_core::id::{Domain, Project, RunName, Scope};
use utoipa::IntoParams;

use crate::{
    control_plane::{Caller, Run, RunId},
    http::{
        Api, Problem,
        extract::{FromQuery, QueryReader},
    },
};

/// Another project and domain than the webhook's own.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScopeQuery {
    /// The project; absent or empty: the webhook's own.
    #[param(value_type = Option<String>, pattern = r"^(\.*[A-Za-z0-9_-][A-Za-z0-9._-]*)?$", max_length = 63)]
    project: Option<Project>,
    /// The domain; absent or empty: the webhook's own.
    #[param(value_type = Option<String>, pattern = r"^(\.*[A-Za-z0-9_-][A-Za-z0-9._-]*)?$", max_length = 63)]
    domain: Option<Domain>,
}

impl FromQuery for ScopeQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            project: query.name("project", Project::parse),
            domain: query.name("domain", Domain::parse),
        }
    }
}

impl ScopeQuery {
    /// The place that is meant: the webhook's own, where no other is named.
    pub(super) fn scope(self, api: &Api) -> Scope {
        let own = api.scope.clone();
        Scope {
            project: self.project.unwrap_or(own.project),
            domain: self.domain.unwrap_or(own.domain),
            org: own.org,
        }
    }

    fn run(self, api: &Api, name: RunName) -> RunId {
        let scope = self.scope(api);
        RunId { scope, name }
    }
}

/// Looks a run up, if its task may be seen.
///
/// A run of another task is not found, rather than denied: that it exists is
/// part of what the allowlist hides.
async fn permitted_run(api: &Api, caller: &Caller, id: &RunId) -> Result<Run, Problem> {
    let not_found = || Problem::NoRun(id.name.to_string());
    let run = api.control_plane.run(caller, id).await.map_err(|error| {
        if error.is_not_found() {
            not_found()
        } else {
            Problem::control_plane("Looking up the run")(error)
        }
    })?;
    if api.policy.restricts_tasks() {
        let task = run.task.as_ref().ok_or_else(not_found)?;
        let permit = api.policy.task(task).map_err(|_denied| not_found())?;
        caller.trail().permitted_by(permit.rule());
    }
    Ok(run)
}
