//! Lists of runs and actions.

use connectrpc::ConnectError;
use flyte_idl::flyteidl2::workflow::{
    ListActionsRequest, ListActionsResponse, ListRunsRequest, ListRunsResponse,
    list_runs_request::ScopeBy,
};

use super::super::{State, details, scope::run_key};

/// One page of runs.
pub(super) async fn runs(
    state: &State,
    request: &ListRunsRequest,
) -> Result<ListRunsResponse, ConnectError> {
    let scope: &[(&'static str, &str)] = match &request.scope_by {
        Some(ScopeBy::ProjectId(id)) => &[("project", &id.name), ("domain", &id.domain)],
        Some(ScopeBy::TaskName(id)) => &[
            ("project", &id.project),
            ("domain", &id.domain),
            ("task_name", &id.name),
        ],
        Some(ScopeBy::TaskId(id)) => &[
            ("project", &id.project),
            ("domain", &id.domain),
            ("task_name", &id.name),
            ("task_version", &id.version),
        ],
        Some(ScopeBy::TriggerName(id)) => &[
            ("project", &id.project),
            ("domain", &id.domain),
            ("task_name", &id.task_name),
            ("trigger_name", &id.name),
        ],
        Some(ScopeBy::Org(_)) | None => &[],
    };
    let page = state.store.runs(scope, &request.request).await?;
    Ok(ListRunsResponse {
        runs: page
            .rows
            .iter()
            .map(details::run)
            .collect::<Result<_, _>>()?,
        token: page.token,
        ..Default::default()
    })
}

/// One page of a run's actions.
pub(super) async fn actions(
    state: &State,
    request: &ListActionsRequest,
) -> Result<ListActionsResponse, ConnectError> {
    let page = state
        .store
        .actions(&run_key(&request.run_id), &request.request)
        .await?;
    Ok(ListActionsResponse {
        actions: page
            .rows
            .iter()
            .map(details::action)
            .collect::<Result<_, _>>()?,
        token: page.token,
        ..Default::default()
    })
}
