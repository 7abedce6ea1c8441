//! Projects with their fixed domains.

use std::collections::BTreeMap;

use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::{
    project::{
        CreateProjectRequest, CreateProjectResponse, Domain, GetProjectRequest, GetProjectResponse,
        ListProjectsRequest, ListProjectsResponse, Project, ProjectService, Projects as List,
        UpdateProjectRequest, UpdateProjectResponse,
    },
    task::Labels,
};

use super::State;
use crate::embedded::{
    layout,
    store::projects::{DOMAINS, ProjectRow},
};

pub(super) struct Projects(pub(super) State);

impl ProjectService for Projects {
    async fn create_project(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, CreateProjectRequest>,
    ) -> ServiceResult<CreateProjectResponse> {
        let row = row(&request.to_owned_message().project)?;
        if !self.0.store.create_project(&row).await? {
            return Err(ConnectError::already_exists(format!(
                "project {:?} already exists",
                row.id
            )));
        }
        Response::ok(CreateProjectResponse::default())
    }

    async fn update_project(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, UpdateProjectRequest>,
    ) -> ServiceResult<UpdateProjectResponse> {
        let row = row(&request.to_owned_message().project)?;
        if !self.0.store.update_project(&row).await? {
            return Err(not_found(&row.id));
        }
        Response::ok(UpdateProjectResponse::default())
    }

    async fn get_project(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetProjectRequest>,
    ) -> ServiceResult<GetProjectResponse> {
        let id = request.id;
        let row = self
            .0
            .store
            .project(id)
            .await?
            .ok_or_else(|| not_found(id))?;
        Response::ok(GetProjectResponse {
            project: message(row).into(),
            ..Default::default()
        })
    }

    /// All of them: a single machine has no second page.
    async fn list_projects(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, ListProjectsRequest>,
    ) -> ServiceResult<ListProjectsResponse> {
        let rows = self.0.store.projects().await?;
        let projects = rows.into_iter().map(message).collect();
        Response::ok(ListProjectsResponse {
            projects: List {
                projects,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        })
    }
}

fn row(project: &Project) -> Result<ProjectRow, ConnectError> {
    layout::segment(&project.id)?;
    let labels: BTreeMap<_, _> = project.labels.values.iter().collect();
    let name = if project.name.is_empty() {
        &project.id
    } else {
        &project.name
    };
    Ok(ProjectRow {
        id: project.id.clone(),
        name: name.clone(),
        description: project.description.clone(),
        labels: serde_json::to_string(&labels).unwrap_or_else(|_| "{}".to_owned()),
        state: project.state.to_i32(),
    })
}

fn message(row: ProjectRow) -> Project {
    let domain = |(id, name): (&str, &str)| Domain {
        id: id.to_owned(),
        name: name.to_owned(),
        ..Default::default()
    };
    let values = serde_json::from_str(&row.labels).unwrap_or_default();
    Project {
        id: row.id,
        name: row.name,
        domains: DOMAINS.map(domain).into(),
        description: row.description,
        labels: Labels {
            values,
            ..Default::default()
        }
        .into(),
        state: row.state.into(),
        ..Default::default()
    }
}

fn not_found(id: &str) -> ConnectError {
    ConnectError::not_found(format!("project {id:?} not found"))
}
