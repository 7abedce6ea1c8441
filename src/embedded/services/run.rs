//! Runs and their actions.

use connectrpc::{
    ConnectError, RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream,
};
use flyte_idl::flyteidl2::{
    common::{ActionIdentifier, RunIdentifier},
    workflow::{
        AbortActionRequest, AbortActionResponse, AbortRunRequest, AbortRunResponse,
        CreateRunRequest, CreateRunResponse, GetActionDataRequest, GetActionDataResponse,
        GetActionDataURIsRequest, GetActionDataURIsResponse, GetActionDetailsRequest,
        GetActionDetailsResponse, GetActionLogContextRequest, GetActionLogContextResponse,
        GetRunDetailsRequest, GetRunDetailsResponse, ListActionsRequest, ListActionsResponse,
        ListRunsRequest, ListRunsResponse, RunService, SignalEventRequest, SignalEventResponse,
        WatchActionDetailsRequest, WatchActionDetailsResponse, WatchActionsRequest,
        WatchActionsResponse, WatchClusterEventsRequest, WatchClusterEventsResponse,
        WatchGroupsRequest, WatchGroupsResponse, WatchRunDetailsRequest, WatchRunDetailsResponse,
        WatchRunsRequest, WatchRunsResponse,
    },
};

use super::{
    State, details,
    scope::{action_key, run_key},
    unimplemented,
};
use crate::embedded::{
    identity,
    store::{ActionKey, actions::ActionRow},
};

mod create;
mod data;
mod inputs;
mod list;
mod plan;
mod streams;

pub(super) use data::action_data;
pub(super) use inputs::uri_hash;

/// Answered where the Go server names no reason.
const ABORT_REASON: &str = "User requested abort";

pub(super) struct Runs(pub(super) State);

impl RunService for Runs {
    async fn create_run(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, CreateRunRequest>,
    ) -> ServiceResult<CreateRunResponse> {
        let run = create::create(&self.0, &context, request.to_owned_message()).await?;
        Response::ok(CreateRunResponse {
            run: run.into(),
            ..Default::default()
        })
    }

    async fn abort_run(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, AbortRunRequest>,
    ) -> ServiceResult<AbortRunResponse> {
        let request = request.to_owned_message();
        let key = run_key(named_run(&request.run_id)?).root();
        abort(&self.0, &context, &key, request.reason.as_deref()).await?;
        Response::ok(AbortRunResponse::default())
    }

    async fn get_run_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetRunDetailsRequest>,
    ) -> ServiceResult<GetRunDetailsResponse> {
        let request = request.to_owned_message();
        let row = find(&self.0, &run_key(&request.run_id).root()).await?;
        let mut details = details::run_details(&self.0, &row).await?;
        // The caller's own identifier comes back, org included.
        details
            .action
            .get_or_insert_default()
            .id
            .get_or_insert_default()
            .run = request.run_id;
        Response::ok(GetRunDetailsResponse {
            details: details.into(),
            ..Default::default()
        })
    }

    async fn watch_run_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchRunDetailsRequest>,
    ) -> ServiceResult<ServiceStream<WatchRunDetailsResponse>> {
        let key = run_key(&request.to_owned_message().run_id).root();
        Response::ok(streams::run_details(&self.0, key))
    }

    async fn get_action_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetActionDetailsRequest>,
    ) -> ServiceResult<GetActionDetailsResponse> {
        let request = request.to_owned_message();
        let row = find(&self.0, &action_key(&request.action_id)).await?;
        let details = details::action_details(&self.0, &row).await?;
        Response::ok(GetActionDetailsResponse {
            details: details.into(),
            ..Default::default()
        })
    }

    async fn watch_action_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchActionDetailsRequest>,
    ) -> ServiceResult<ServiceStream<WatchActionDetailsResponse>> {
        let key = action_key(&request.to_owned_message().action_id);
        Response::ok(streams::action_details(&self.0, key))
    }

    /// The Go server has it in the data proxy alone; older clients ask here.
    async fn get_action_data(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetActionDataRequest>,
    ) -> ServiceResult<GetActionDataResponse> {
        let id = request.to_owned_message().action_id;
        let data = action_data(&self.0, &id).await?;
        Response::ok(GetActionDataResponse {
            inputs: data.inputs.into(),
            outputs: data.outputs.into(),
            ..Default::default()
        })
    }

    async fn list_runs(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListRunsRequest>,
    ) -> ServiceResult<ListRunsResponse> {
        Response::ok(list::runs(&self.0, &request.to_owned_message()).await?)
    }

    async fn watch_runs(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchRunsRequest>,
    ) -> ServiceResult<ServiceStream<WatchRunsResponse>> {
        Response::ok(streams::runs(&self.0, request.to_owned_message())?)
    }

    async fn list_actions(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListActionsRequest>,
    ) -> ServiceResult<ListActionsResponse> {
        Response::ok(list::actions(&self.0, &request.to_owned_message()).await?)
    }

    async fn watch_actions(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchActionsRequest>,
    ) -> ServiceResult<ServiceStream<WatchActionsResponse>> {
        let run = run_key(&request.to_owned_message().run_id);
        Response::ok(streams::actions(&self.0, run))
    }

    async fn watch_cluster_events(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, WatchClusterEventsRequest>,
    ) -> ServiceResult<ServiceStream<WatchClusterEventsResponse>> {
        Err(unimplemented("cluster events"))
    }

    async fn abort_action(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, AbortActionRequest>,
    ) -> ServiceResult<AbortActionResponse> {
        let request = request.to_owned_message();
        let key = action_key(named_action(&request.action_id)?);
        abort(&self.0, &context, &key, Some(&request.reason)).await?;
        Response::ok(AbortActionResponse::default())
    }

    async fn signal_event(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, SignalEventRequest>,
    ) -> ServiceResult<SignalEventResponse> {
        Err(unimplemented("condition actions"))
    }

    async fn watch_groups(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, WatchGroupsRequest>,
    ) -> ServiceResult<ServiceStream<WatchGroupsResponse>> {
        Err(unimplemented("task groups"))
    }

    async fn get_action_data_ur_is(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetActionDataURIsRequest>,
    ) -> ServiceResult<GetActionDataURIsResponse> {
        let id = request.to_owned_message().action_id;
        let uris = data::uris(&find(&self.0, &action_key(&id)).await?);
        Response::ok(GetActionDataURIsResponse {
            inputs_uri: uris.inputs,
            outputs_uri: uris.outputs,
            ..Default::default()
        })
    }

    async fn get_action_log_context(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetActionLogContextRequest>,
    ) -> ServiceResult<GetActionLogContextResponse> {
        Err(unimplemented(
            "pods to read logs from; ask DataProxyService/TailLogs",
        ))
    }
}

/// The stored action of that name.
pub(super) async fn find(state: &State, key: &ActionKey) -> Result<ActionRow, ConnectError> {
    state.store.action(key).await?.ok_or_else(|| {
        let ActionKey { run, name } = key;
        let place = format!("{}/{}", run.domain, run.project);
        ConnectError::not_found(format!(
            "run {:?} has no action {name:?} in {place}",
            run.run
        ))
    })
}

/// Aborts an action and everything below it, whatever its phase.
pub(super) async fn abort(
    state: &State,
    context: &RequestContext,
    key: &ActionKey,
    reason: Option<&str>,
) -> Result<(), ConnectError> {
    let row = find(state, key).await?;
    let reason = reason
        .filter(|reason| !reason.is_empty())
        .unwrap_or(ABORT_REASON);
    let by = identity::subject(context.headers());
    let (owned, reason) = (state.clone(), reason.to_owned());
    let work = async move {
        let aborted = owned.store.abort(&row.key(), &reason, &by).await?;
        owned.queue.abort(&aborted).await;
        Ok(())
    };
    state.complete(work).await
}

/// The Go server panics without it.
fn named_run(id: &RunIdentifier) -> Result<&RunIdentifier, ConnectError> {
    if id.name.is_empty() {
        return Err(ConnectError::invalid_argument("run_id needs a name"));
    }
    Ok(id)
}

fn named_action(id: &ActionIdentifier) -> Result<&ActionIdentifier, ConnectError> {
    named_run(&id.run)?;
    if id.name.is_empty() {
        return Err(ConnectError::invalid_argument("action_id needs a name"));
    }
    Ok(id)
}
