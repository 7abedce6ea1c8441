//! Runs and actions that are followed until nothing more happens to them.

use connectrpc::{ConnectError, ServiceStream};
use flyte_idl::flyteidl2::{
    common::ListRequest,
    workflow::{
        EnrichedAction, WatchActionDetailsResponse, WatchActionsResponse, WatchRunDetailsResponse,
        WatchRunsRequest, WatchRunsResponse, watch_runs_request::Target,
    },
};

use super::{
    super::{
        State, details, unimplemented,
        watch::{Reading, follow, reading},
    },
    find,
};
use crate::embedded::store::{ActionKey, RunKey};

/// How many runs a watch shows: the newest.
const WATCHED_RUNS: u32 = 100;

/// A run until it is done.
pub(super) fn run_details(state: &State, key: ActionKey) -> ServiceStream<WatchRunDetailsResponse> {
    let (owned, wanted) = (state.clone(), key.clone());
    follow(
        state,
        move |changed| *changed == wanted,
        move || {
            let (state, key) = (owned.clone(), key.clone());
            reading(async move {
                let row = find(&state, &key).await?;
                let details = details::run_details(&state, &row).await?.into();
                let value = WatchRunDetailsResponse {
                    details,
                    ..Default::default()
                };
                Ok(Reading {
                    value,
                    last: row.is_done(),
                })
            })
        },
    )
}

/// An action until it is done.
pub(super) fn action_details(
    state: &State,
    key: ActionKey,
) -> ServiceStream<WatchActionDetailsResponse> {
    let (owned, wanted) = (state.clone(), key.clone());
    follow(
        state,
        move |changed| *changed == wanted,
        move || {
            let (state, key) = (owned.clone(), key.clone());
            reading(async move { state.readings.of(&state, key).await })
        },
    )
}

/// All actions of a run until the run is done.
pub(super) fn actions(state: &State, run: RunKey) -> ServiceStream<WatchActionsResponse> {
    let (owned, wanted) = (state.clone(), run.clone());
    follow(
        state,
        move |changed| changed.run == wanted,
        move || {
            let (state, run) = (owned.clone(), run.clone());
            reading(async move {
                let root = find(&state, &run.root()).await?;
                let rows = state.store.actions_of(&run).await?;
                let enriched = |row| {
                    Ok(EnrichedAction {
                        action: details::action(row)?.into(),
                        meets_filter: true,
                        ..Default::default()
                    })
                };
                let enriched_actions = rows
                    .iter()
                    .map(enriched)
                    .collect::<Result<_, ConnectError>>()?;
                let value = WatchActionsResponse {
                    enriched_actions,
                    ..Default::default()
                };
                Ok(Reading {
                    value,
                    last: root.is_done(),
                })
            })
        },
    )
}

/// The newest runs of a project or a task, without end.
pub(super) fn runs(
    state: &State,
    request: WatchRunsRequest,
) -> Result<ServiceStream<WatchRunsResponse>, ConnectError> {
    let [project, domain, task, version] = match request.target {
        Some(Target::ProjectId(id)) => [id.name, id.domain, String::new(), String::new()],
        Some(Target::TaskId(id)) => [id.project, id.domain, id.name, id.version],
        Some(Target::Org(_)) => Default::default(),
        Some(Target::ClusterId(_)) | None => return Err(unimplemented("clusters to watch")),
    };
    let owned = state.clone();
    let newest = ListRequest {
        limit: WATCHED_RUNS,
        ..Default::default()
    };
    Ok(follow(
        state,
        |_| true,
        move || {
            let state = owned.clone();
            let names = [
                project.clone(),
                domain.clone(),
                task.clone(),
                version.clone(),
            ];
            let newest = newest.clone();
            reading(async move {
                let columns = ["project", "domain", "task_name", "task_version"];
                let scope: Vec<_> = columns
                    .into_iter()
                    .zip(names.iter().map(String::as_str))
                    .collect();
                let page = state.store.runs(&scope, &newest).await?;
                let runs = page
                    .rows
                    .iter()
                    .map(details::run)
                    .collect::<Result<_, _>>()?;
                let value = WatchRunsResponse {
                    runs,
                    ..Default::default()
                };
                Ok(Reading { value, last: false })
            })
        },
    ))
}
