//! A task of Flyte 1, performed while the engine waits.

use std::{future::ready, pin::Pin};

use connectrpc::{
    ConnectError, InboundStream, RequestContext, Response, ServiceResult, ServiceStream,
};
use flyte_idl::flyteidl::{
    admin::{
        CreateRequestHeader, ExecuteTaskSyncRequest, ExecuteTaskSyncResponse,
        ExecuteTaskSyncResponseHeader, execute_task_sync_request::Part,
        execute_task_sync_response::Res,
    },
    core::LiteralMap,
    service::SyncAgentService,
};

use tokio::time::timeout;

use super::{Call, Connector, async_v1, check_type};
use crate::connector::{outcome::Outcome, task::Task};

impl SyncAgentService for Connector {
    async fn execute_task_sync(
        &self,
        context: RequestContext,
        requests: InboundStream<ExecuteTaskSyncRequest>,
    ) -> ServiceResult<ServiceStream<ExecuteTaskSyncResponse>> {
        let call = self.call(&context);
        let received = timeout(self.0.patience, receive(requests, call)).await;
        let task = received.map_err(|_late| {
            ConnectError::deadline_exceeded("the task did not arrive in time")
        })??;
        let outcome = self.execute(task).await?;
        let header = ExecuteTaskSyncResponseHeader {
            resource: outcome.resource_v1().into(),
            ..Default::default()
        };
        let response = ExecuteTaskSyncResponse {
            res: Some(Res::Header(Box::new(header))),
            ..Default::default()
        };
        let answer = futures::stream::once(ready(Ok(response)));
        Response::ok(Box::pin(answer))
    }
}

impl Connector {
    /// Performs a task while somebody waits: where nobody does any more, its
    /// request ends.
    async fn execute(&self, task: Task) -> Result<Outcome, ConnectError> {
        let _slot = self.slot()?;
        let id = task.delivery_id();
        match self.prepare(&task, id) {
            Ok(prepared) => {
                task.call.share.take(prepared.size())?;
                Ok(Box::pin(self.perform(prepared)).await)
            }
            Err(outcome) => Ok(*outcome),
        }
    }
}

/// The task as two messages say it: its header, then its inputs.
async fn receive(
    mut requests: InboundStream<ExecuteTaskSyncRequest>,
    call: Call,
) -> Result<Task, ConnectError> {
    let Some(Part::Header(header)) = next(&mut requests).await? else {
        let advice = "the first message has to be the header of a task";
        return Err(ConnectError::invalid_argument(advice));
    };
    let CreateRequestHeader {
        template,
        task_execution_metadata,
        ..
    } = *header;
    check_type(&call, &template.r#type, template.task_type_version)?;
    // An engine that ends here has no inputs to send.
    let inputs = match next(&mut requests).await? {
        Some(Part::Inputs(inputs)) => *inputs,
        None => LiteralMap::default(),
        Some(Part::Header(_)) => {
            let advice = "the second message has to be the inputs of the task";
            return Err(ConnectError::invalid_argument(advice));
        }
    };
    Ok(async_v1::task(
        &template,
        &inputs,
        &task_execution_metadata,
        call,
    ))
}

async fn next(
    requests: &mut InboundStream<ExecuteTaskSyncRequest>,
) -> Result<Option<Part>, ConnectError> {
    let requests = Pin::new(requests);
    let message = futures::StreamExt::into_future(requests).await.0;
    let message = message.transpose()?;
    Ok(message.and_then(|message| message.to_owned_message().part))
}
