//! Path parameters. What is no name cannot exist, so it is 404.

use axum::extract::{FromRequestParts, Path};
use flyte_webhook_core::id::{self, AppName, RunName, TaskId, TaskName, TriggerId, TriggerName};
use http::request::Parts;

use crate::{
    audit::{Resource, Trail},
    http::Problem,
};

/// `/{domain}/{project}/{name}` of a task.
pub struct TaskPath(pub TaskId);

impl<S: Send + Sync> FromRequestParts<S> for TaskPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((domain, project, name)) =
            Path::<(String, String, String)>::from_request_parts(parts, state)
                .await
                .map_err(|_no_name| Problem::NoRoute)?;
        let id = TaskId::parse(&domain, &project, &name);
        let id = id.map_err(|_no_name| Problem::NoRoute)?;
        about(parts, Resource::Task(id.clone()));
        Ok(Self(id))
    }
}

/// `/{name}` of a run.
pub struct RunPath(pub RunName);

impl<S: Send + Sync> FromRequestParts<S> for RunPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        name(parts, state, RunName::parse).await.map(Self)
    }
}

/// `/{task_name}/{trigger_name}` of a trigger.
pub struct TriggerPath(pub TriggerId);

impl<S: Send + Sync> FromRequestParts<S> for TriggerPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((task, name)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_no_name| Problem::NoRoute)?;
        match (TaskName::parse(&task), TriggerName::parse(&name)) {
            (Ok(task), Ok(name)) => {
                let id = TriggerId { task, name };
                about(parts, Resource::Trigger(id.clone()));
                Ok(Self(id))
            }
            _ => Err(Problem::NoRoute),
        }
    }
}

/// `/{project}/{domain}/{name}/{version}` of a task.
pub struct GuidePath {
    /// The task.
    pub task: TaskId,
    /// The version.
    pub version: String,
}

impl<S: Send + Sync> FromRequestParts<S> for GuidePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((project, domain, name, version)) =
            Path::<(String, String, String, String)>::from_request_parts(parts, state)
                .await
                .map_err(|_no_name| Problem::NoRoute)?;
        // The reference's router splits at an encoded slash too.
        match TaskId::parse(&domain, &project, &name) {
            Ok(task) if !version.contains('/') => {
                about(parts, Resource::Task(task.clone()));
                Ok(Self { task, version })
            }
            Ok(_) | Err(_) => Err(Problem::NoRoute),
        }
    }
}

/// `/{name}` of an app.
pub struct AppPath(pub AppName);

impl<S: Send + Sync> FromRequestParts<S> for AppPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        name(parts, state, AppName::parse).await.map(Self)
    }
}

async fn name<S: Send + Sync, T>(
    parts: &mut Parts,
    state: &S,
    parse: fn(&str) -> Result<T, id::Error>,
) -> Result<T, Problem> {
    let Path(name) = Path::<String>::from_request_parts(parts, state)
        .await
        .map_err(|_no_text| Problem::NoRoute)?;
    parse(&name).map_err(|_no_name| Problem::NoRoute)
}

/// Notes what the request is about.
fn about(parts: &Parts, resource: Resource) {
    if let Some(trail) = parts.extensions.get::<Trail>() {
        trail.about(resource);
    }
}
