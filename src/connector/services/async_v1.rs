//! A task of Flyte 1 that is created, asked for and deleted, as some deployments
//! have it.

use connectrpc::{
    ConnectError, RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream,
};
use flyte_idl::flyteidl::{
    admin::{
        CreateTaskRequest, CreateTaskResponse, DeleteTaskRequest, DeleteTaskResponse,
        GetTaskLogsRequest, GetTaskLogsResponse, GetTaskMetricsRequest, GetTaskMetricsResponse,
        GetTaskRequest, GetTaskResponse, TaskCategory, TaskExecutionMetadata,
    },
    core::{LiteralMap, TaskTemplate},
    service::AsyncAgentService,
};

use super::{Call, Connector, check_type, unimplemented};
use crate::connector::{
    outcome::again,
    task::{Attempt, Task, execution},
};

impl AsyncAgentService for Connector {
    async fn create_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, CreateTaskRequest>,
    ) -> ServiceResult<CreateTaskResponse> {
        let CreateTaskRequest {
            inputs,
            template,
            output_prefix,
            task_execution_metadata,
            ..
        } = request.to_owned_message();
        let call = self.call(&context);
        check_type(&call, &template.r#type, template.task_type_version)?;
        let task = task(&template, &inputs, &task_execution_metadata, call);
        let retry = task_execution_metadata.task_execution_id.retry_attempt;
        let attempt = Attempt::new(1, retry, output_prefix);
        let patience = context.time_remaining();
        let resource_meta = self.create(task, attempt, patience).await?;
        Response::ok(CreateTaskResponse {
            resource_meta,
            ..Default::default()
        })
    }

    async fn get_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, GetTaskRequest>,
    ) -> ServiceResult<GetTaskResponse> {
        let request = request.to_owned_message();
        let category = request.task_category.as_option();
        check_category(&self.call(&context), category, &request.task_type)?;
        let outcome = self.get(&request.resource_meta).await?;
        Response::ok(GetTaskResponse {
            resource: outcome.resource_v1().into(),
            ..Default::default()
        })
    }

    async fn delete_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, DeleteTaskRequest>,
    ) -> ServiceResult<DeleteTaskResponse> {
        let request = request.to_owned_message();
        let category = request.task_category.as_option();
        check_category(&self.call(&context), category, &request.task_type)?;
        self.delete(&request.resource_meta).await?;
        Response::ok(DeleteTaskResponse::default())
    }

    async fn get_task_metrics(
        &self,
        _context: RequestContext,
        _request: ServiceRequest<'_, GetTaskMetricsRequest>,
    ) -> ServiceResult<GetTaskMetricsResponse> {
        Err(unimplemented("metrics"))
    }

    async fn get_task_logs(
        &self,
        _context: RequestContext,
        _request: ServiceRequest<'_, GetTaskLogsRequest>,
    ) -> ServiceResult<ServiceStream<GetTaskLogsResponse>> {
        Err(unimplemented("logs"))
    }
}

/// Older engines name the type alone.
fn check_category(
    call: &Call,
    category: Option<&TaskCategory>,
    task_type: &str,
) -> Result<(), ConnectError> {
    match category.filter(|it| !it.name.is_empty()) {
        Some(category) => check_type(call, &category.name, category.version),
        None => check_type(call, task_type, 0),
    }
}

/// A task as Flyte 1 says it.
pub(super) fn task(
    template: &TaskTemplate,
    inputs: &LiteralMap,
    metadata: &TaskExecutionMetadata,
    call: Call,
) -> Task {
    let inputs = inputs.literals.iter();
    let execution_id = again(&*metadata.task_execution_id);
    call.executes(&execution_id);
    Task {
        custom: template.custom.as_option().cloned().unwrap_or_default(),
        inputs: inputs
            .map(|(name, literal)| (name.clone(), again(literal)))
            .collect(),
        secrets: std::collections::BTreeMap::new(),
        execution: execution(&execution_id),
        call,
    }
}
