//! Deployed tasks.

use buffa::Message;
use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::{
    common::TriggerName,
    task::{
        DeployTaskRequest, DeployTaskResponse, GetTaskDetailsRequest, GetTaskDetailsResponse,
        ListTasksRequest, ListTasksResponse, ListVersionsRequest, ListVersionsResponse, Task,
        TaskDetails, TaskIdentifier, TaskMetadata, TaskService, TaskSpec, list_tasks_request,
        list_tasks_response::ListTasksMetadata, list_versions_response::VersionResponse,
    },
};

use super::{State, scope::check_project, trigger};
use crate::embedded::{
    bundle, identity,
    store::tasks::{Scope, TaskRow},
    wire,
};

pub(super) struct Tasks(pub(super) State);

impl TaskService for Tasks {
    async fn deploy_task(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, DeployTaskRequest>,
    ) -> ServiceResult<DeployTaskResponse> {
        let request = request.to_owned_message();
        let id = &request.task_id;
        check_project(&self.0, &id.project, &id.domain).await?;
        if id.name.is_empty() || id.version.is_empty() {
            return Err(ConnectError::invalid_argument(
                "task_id needs a name and a version",
            ));
        }
        bundle::check(&request.spec.task_template)
            .map_err(|missing| ConnectError::failed_precondition(missing.to_string()))?;
        let by = identity::subject(context.headers());
        let row = row(id, &request.spec, by.clone(), self.0.store.now());
        self.0.store.deploy_task(&row).await?;
        for declared in &request.triggers {
            let name = TriggerName {
                project: id.project.clone(),
                domain: id.domain.clone(),
                task_name: id.name.clone(),
                name: declared.name.clone(),
                ..Default::default()
            };
            trigger::deploy_declared(&self.0, &name, declared, &id.version, &by).await?;
        }
        Response::ok(DeployTaskResponse::default())
    }

    async fn get_task_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetTaskDetailsRequest>,
    ) -> ServiceResult<GetTaskDetailsResponse> {
        let id = request
            .to_owned_message()
            .task_id
            .into_option()
            .unwrap_or_default();
        let row = find(&self.0, &id).await?.ok_or_else(|| not_found(&id))?;
        Response::ok(GetTaskDetailsResponse {
            details: details(&row)?.into(),
            ..Default::default()
        })
    }

    async fn list_tasks(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListTasksRequest>,
    ) -> ServiceResult<ListTasksResponse> {
        let request = request.to_owned_message();
        let project = match &request.scope_by {
            Some(list_tasks_request::ScopeBy::ProjectId(project)) => Some(project),
            Some(list_tasks_request::ScopeBy::Org(_)) | None => None,
        };
        let scope = Scope {
            project: project.map_or("", |project| &project.name),
            domain: project.map_or("", |project| &project.domain),
            name: "",
        };
        let (page, total, filtered) = self.0.store.tasks(&scope, &request.request).await?;
        Response::ok(ListTasksResponse {
            tasks: page.rows.iter().map(summary).collect(),
            token: page.token,
            metadata: ListTasksMetadata {
                total,
                filtered_total: filtered,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        })
    }

    async fn list_versions(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListVersionsRequest>,
    ) -> ServiceResult<ListVersionsResponse> {
        let request = request.to_owned_message();
        let name = &request.task_name;
        let scope = Scope {
            project: &name.project,
            domain: &name.domain,
            name: &name.name,
        };
        let page = self.0.store.versions(&scope, &request.request).await?;
        let version = |row: &TaskRow| VersionResponse {
            version: row.version.clone(),
            deployed_at: wire::time(row.created_at).into(),
            deployed_by: wire::identity(&row.deployed_by),
            ..Default::default()
        };
        Response::ok(ListVersionsResponse {
            versions: page.rows.iter().map(version).collect(),
            token: page.token,
            ..Default::default()
        })
    }
}

/// The stored form of a task.
pub(super) fn row(id: &TaskIdentifier, spec: &TaskSpec, by: String, now: i64) -> TaskRow {
    TaskRow {
        project: id.project.clone(),
        domain: id.domain.clone(),
        name: id.name.clone(),
        version: id.version.clone(),
        spec: spec.encode_to_vec(),
        short_name: spec.short_name.clone(),
        environment: spec.environment.name.clone(),
        short_description: spec.documentation.short_description.clone(),
        entrypoint: spec.task_template.metadata.is_entrypoint,
        deployed_by: by,
        created_at: now,
    }
}

/// The stored task of exactly that version.
pub(super) async fn find(
    state: &State,
    id: &TaskIdentifier,
) -> Result<Option<TaskRow>, ConnectError> {
    let scope = Scope {
        project: &id.project,
        domain: &id.domain,
        name: &id.name,
    };
    Ok(state.store.task(&scope, &id.version).await?)
}

/// What a task that is not there is answered with.
pub(super) fn not_found(id: &TaskIdentifier) -> ConnectError {
    let TaskIdentifier {
        project,
        domain,
        name,
        version,
        ..
    } = id;
    ConnectError::not_found(format!(
        "task {name:?} version {version:?} not found in {domain}/{project}"
    ))
}

fn details(row: &TaskRow) -> Result<TaskDetails, ConnectError> {
    let spec =
        TaskSpec::decode_from_slice(&row.spec).map_err(crate::embedded::store::Error::from)?;
    Ok(TaskDetails {
        task_id: wire::task_id(&row.project, &row.domain, &row.name, &row.version).into(),
        metadata: metadata(row).into(),
        spec: spec.into(),
        ..Default::default()
    })
}

fn summary(row: &TaskRow) -> Task {
    Task {
        task_id: wire::task_id(&row.project, &row.domain, &row.name, &row.version).into(),
        metadata: metadata(row).into(),
        ..Default::default()
    }
}

fn metadata(row: &TaskRow) -> TaskMetadata {
    TaskMetadata {
        deployed_by: wire::identity(&row.deployed_by),
        short_name: row.short_name.clone(),
        deployed_at: wire::time(row.created_at).into(),
        environment_name: row.environment.clone(),
        short_description: row.short_description.clone(),
        ..Default::default()
    }
}
