//! What a task's own process calls to start other tasks and wait for them.
//!
//! The SDK speaks to one service or, without `_U_USE_ACTIONS`, to an older pair;
//! all three are views of the same actions.

use connectrpc::{
    ConnectError, RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream,
};
use flyte_idl::flyteidl2::{
    actions::{
        AbortRequest, AbortResponse, Action, ActionsService, EnqueueRequest, EnqueueResponse,
        SignalRequest, SignalResponse, UpdateRequest, UpdateResponse, WatchForUpdatesRequest,
        WatchForUpdatesResponse, action, watch_for_updates_request::Filter as ActionsFilter,
        watch_for_updates_response::Message as ActionsMessage,
    },
    workflow::{
        AbortQueuedActionRequest, AbortQueuedActionResponse, AbortQueuedRunRequest,
        AbortQueuedRunResponse, EnqueueActionRequest, EnqueueActionResponse, GetRequest,
        GetResponse, PutRequest, PutResponse, QueueService, StateService, WatchRequest,
        WatchResponse, enqueue_action_request, watch_request::Filter as StateFilter,
        watch_response::Message as StateMessage,
    },
};
use futures::StreamExt;

use super::{
    State, run,
    scope::{action_key, run_key},
    unimplemented,
};

mod enqueue;
mod updates;

use updates::Update;

pub(super) struct Actions(pub(super) State);

impl ActionsService for Actions {
    async fn enqueue(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, EnqueueRequest>,
    ) -> ServiceResult<EnqueueResponse> {
        let request = request.to_owned_message();
        let action = request.action.into_option().unwrap_or_default();
        enqueue::enqueue(&self.0, &context, action, request.run_spec.into_option()).await?;
        Response::ok(EnqueueResponse::default())
    }

    async fn watch_for_updates(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchForUpdatesRequest>,
    ) -> ServiceResult<ServiceStream<WatchForUpdatesResponse>> {
        let Some(ActionsFilter::ParentActionId(parent)) = request.to_owned_message().filter else {
            return Err(ConnectError::invalid_argument(
                "parent_action_id is required",
            ));
        };
        let updates = updates::follow(&self.0, action_key(&parent));
        Response::stream_ok(updates.map(|update| {
            let message = match update? {
                Update::Action(update) => ActionsMessage::ActionUpdate(update),
                Update::Control(message) => ActionsMessage::ControlMessage(message),
            };
            Ok(WatchForUpdatesResponse {
                message: Some(message),
                ..Default::default()
            })
        }))
    }

    async fn update(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, UpdateRequest>,
    ) -> ServiceResult<UpdateResponse> {
        Err(unimplemented("executors but its own"))
    }

    async fn abort(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, AbortRequest>,
    ) -> ServiceResult<AbortResponse> {
        let request = request.to_owned_message();
        let key = action_key(&request.action_id);
        run::abort(&self.0, &context, &key, request.reason.as_deref()).await?;
        Response::ok(AbortResponse::default())
    }

    async fn signal(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, SignalRequest>,
    ) -> ServiceResult<SignalResponse> {
        Err(unimplemented("condition actions"))
    }
}

impl QueueService for Actions {
    async fn enqueue_action(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, EnqueueActionRequest>,
    ) -> ServiceResult<EnqueueActionResponse> {
        use enqueue_action_request::Spec;
        let request = request.to_owned_message();
        let spec = request.spec.map(|spec| match spec {
            Spec::Task(task) => action::Spec::Task(task),
            Spec::Trace(trace) => action::Spec::Trace(trace),
            Spec::Condition(condition) => action::Spec::Condition(condition),
        });
        let action = Action {
            action_id: request.action_id,
            parent_action_name: request.parent_action_name,
            input_uri: request.input_uri,
            run_output_base: request.run_output_base,
            group: request.group,
            spec,
            ..Default::default()
        };
        enqueue::enqueue(&self.0, &context, action, request.run_spec.into_option()).await?;
        Response::ok(EnqueueActionResponse::default())
    }

    async fn abort_queued_run(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, AbortQueuedRunRequest>,
    ) -> ServiceResult<AbortQueuedRunResponse> {
        let request = request.to_owned_message();
        let key = run_key(&request.run_id).root();
        run::abort(&self.0, &context, &key, request.reason.as_deref()).await?;
        Response::ok(AbortQueuedRunResponse::default())
    }

    async fn abort_queued_action(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, AbortQueuedActionRequest>,
    ) -> ServiceResult<AbortQueuedActionResponse> {
        let request = request.to_owned_message();
        let key = action_key(&request.action_id);
        run::abort(&self.0, &context, &key, request.reason.as_deref()).await?;
        Response::ok(AbortQueuedActionResponse::default())
    }
}

impl StateService for Actions {
    async fn put(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, PutRequest>,
    ) -> ServiceResult<PutResponse> {
        Err(unimplemented("executors but its own"))
    }

    async fn get(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetRequest>,
    ) -> ServiceResult<GetResponse> {
        Err(unimplemented("executors but its own"))
    }

    async fn watch(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, WatchRequest>,
    ) -> ServiceResult<ServiceStream<WatchResponse>> {
        let Some(StateFilter::ParentActionId(parent)) = request.to_owned_message().filter else {
            return Err(ConnectError::invalid_argument(
                "parent_action_id is required",
            ));
        };
        let updates = updates::follow(&self.0, action_key(&parent));
        Response::stream_ok(updates.map(|update| {
            let message = match update? {
                Update::Action(update) => StateMessage::ActionUpdate(update),
                Update::Control(message) => StateMessage::ControlMessage(message),
            };
            Ok(WatchResponse {
                message: Some(message),
                ..Default::default()
            })
        }))
    }
}
