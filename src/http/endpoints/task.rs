//! Tasks: what they take, and starting one.

pub mod get_task;
pub mod run_task;

use flyte_webhook_core::id::TaskId;

use super::super::{
    Problem,
    extract::{FromQuery, QueryReader},
};

/// The version of a task, the latest where absent.
pub struct VersionQuery {
    version: Option<String>,
}

impl FromQuery for VersionQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            version: query.text("version"),
        }
    }
}

/// An empty version is not the latest, but the reference names it so.
fn no_task(task: &TaskId, version: Option<&str>) -> Problem {
    Problem::NoTask {
        name: task.name.to_string(),
        version: version
            .filter(|version| !version.is_empty())
            .unwrap_or("latest")
            .to_owned(),
        place: format!("{}/{}", task.domain, task.project),
    }
}
