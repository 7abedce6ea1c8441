//! A task of Flyte 2: created, asked for, deleted.

use std::collections::BTreeMap;

use connectrpc::{RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream};
use flyte_idl::flyteidl2::{
    connector::{
        AsyncConnectorService, CreateTaskRequest, CreateTaskResponse, DeleteTaskRequest,
        DeleteTaskResponse, GetTaskLogsRequest, GetTaskLogsResponse, GetTaskMetricsRequest,
        GetTaskMetricsResponse, GetTaskRequest, GetTaskResponse,
    },
    core::Connection,
    task::NamedLiteral,
};
use secrecy::SecretString;

use super::{Call, Connector, check_type, unimplemented};
use crate::connector::task::{Attempt, Task, execution};

impl AsyncConnectorService for Connector {
    async fn create_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, CreateTaskRequest>,
    ) -> ServiceResult<CreateTaskResponse> {
        let request = request.to_owned_message();
        let template = &request.template;
        let call = self.call(&context);
        check_type(&call, &template.r#type, template.task_type_version)?;
        let execution_id = &request.task_execution_metadata.task_execution_id;
        let attempt = Attempt::new(2, execution_id.retry_attempt, request.output_prefix.clone());
        let patience = context.time_remaining();
        let task = task(request, call);
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
        let category = &request.task_category;
        check_type(&self.call(&context), &category.name, category.version)?;
        let outcome = self.get(&request.resource_meta).await?;
        Response::ok(GetTaskResponse {
            resource: outcome.resource().into(),
            ..Default::default()
        })
    }

    async fn delete_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, DeleteTaskRequest>,
    ) -> ServiceResult<DeleteTaskResponse> {
        let request = request.to_owned_message();
        let category = &request.task_category;
        check_type(&self.call(&context), &category.name, category.version)?;
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

/// A task as Flyte 2 says it.
fn task(request: CreateTaskRequest, call: Call) -> Task {
    let CreateTaskRequest {
        inputs,
        template,
        task_execution_metadata,
        connection,
        ..
    } = request;
    let literals = inputs.into_option().unwrap_or_default().literals;
    let named = |NamedLiteral { name, value, .. }| Some((name, value.into_option()?));
    let template = template.into_option().unwrap_or_default();
    let execution_id = &task_execution_metadata.task_execution_id;
    call.executes(execution_id);
    Task {
        custom: template.custom.into_option().unwrap_or_default(),
        inputs: literals.into_iter().filter_map(named).collect(),
        secrets: secrets(connection.into_option().unwrap_or_default()),
        execution: execution(execution_id),
        call,
    }
}

/// What the engine found for the names of secrets in the task's definition.
fn secrets(connection: Connection) -> BTreeMap<String, SecretString> {
    let secrets = connection.secrets.into_iter();
    secrets.map(|(name, value)| (name, value.into())).collect()
}
