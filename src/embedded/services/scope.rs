//! Identifiers of requests as keys of the store.

use connectrpc::ConnectError;
use flyte_idl::flyteidl2::common::{ActionIdentifier, RunIdentifier};

use super::State;
use crate::embedded::{
    layout,
    store::{ActionKey, RunKey, projects::DOMAINS},
};

/// The key of a run; its org is dropped, as in the Go server.
pub(super) fn run_key(id: &RunIdentifier) -> RunKey {
    RunKey {
        project: id.project.clone(),
        domain: id.domain.clone(),
        run: id.name.clone(),
    }
}

/// The key of an action.
pub(super) fn action_key(id: &ActionIdentifier) -> ActionKey {
    ActionKey {
        run: run_key(&id.run),
        name: id.name.clone(),
    }
}

/// Refuses a project that is unknown and a domain that no project has.
pub(super) async fn check_project(
    state: &State,
    project: &str,
    domain: &str,
) -> Result<(), ConnectError> {
    if state.store.project(project).await?.is_none() {
        return Err(ConnectError::not_found(format!(
            "project {project:?} not found"
        )));
    }
    // The Go server lets any domain through; here it becomes part of a path.
    layout::segment(project)?;
    if DOMAINS.iter().any(|(id, _)| *id == domain) {
        return Ok(());
    }
    let known = DOMAINS.map(|(id, _)| id).join(", ");
    Err(ConnectError::not_found(format!(
        "domain {domain:?} not found; there are {known}"
    )))
}
