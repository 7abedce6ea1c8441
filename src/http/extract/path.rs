//! Path parameters. What is no name cannot exist, so it is 404.

use axum::extract::{FromRequestParts, Path};
use flyte_webhook_core::id::{self, AppName, RunName, TaskId};
use http::request::Parts;

use crate::http::Problem;

/// `/{domain}/{project}/{name}` of a task.
pub struct TaskPath(pub TaskId);

impl<S: Send + Sync> FromRequestParts<S> for TaskPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((domain, project, name)) =
            Path::<(String, String, String)>::from_request_parts(parts, state)
                .await
                .map_err(|_no_name| Problem::NoRoute)?;
        TaskId::parse(&domain, &project, &name)
            .map(Self)
            .map_err(|_no_name| Problem::NoRoute)
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
