//! Entries of the allowlists, as patterns that can match.

use crate::id::{AppId, AppName, Domain, Project, Scope, TaskId, TaskName, TriggerId, TriggerName};

pub(super) const TASK: &str = "`name`, `project/name` or `domain/project/name`";
pub(super) const APP: &str = TASK;
pub(super) const TRIGGER: &str = "`trigger` or `task/trigger`";

/// A task by name, wherever it is, or in one project, or in one project and domain.
#[derive(Debug, Clone)]
pub(super) struct TaskEntry {
    domain: Option<Domain>,
    project: Option<Project>,
    name: TaskName,
}

impl TaskEntry {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (domain, project, name) = three(text)?;
        Ok(Self {
            domain: domain.map(|text| parsed(Domain::parse(text))).transpose()?,
            project: project
                .map(|text| parsed(Project::parse(text)))
                .transpose()?,
            name: parsed(TaskName::parse(name))?,
        })
    }

    pub(super) fn matches(&self, id: &TaskId) -> bool {
        self.name == id.name
            && self
                .project
                .as_ref()
                .is_none_or(|project| *project == id.project)
            && self
                .domain
                .as_ref()
                .is_none_or(|domain| *domain == id.domain)
    }
}

/// An app: by name in the webhook's own project and domain, or in a project of
/// any domain, or in one project and domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPattern {
    domain: Option<Domain>,
    project: Project,
    name: AppName,
}

impl AppPattern {
    /// Parses `name`, which means the app in `own`, `project/name` or
    /// `domain/project/name`; the reason says what is wrong otherwise.
    pub fn parse(text: &str, own: &Scope) -> Result<Self, String> {
        let (domain, project, name) = three(text)?;
        let name = parsed(AppName::parse(name))?;
        let Some(project) = project else {
            let (domain, project) = (Some(own.domain.clone()), own.project.clone());
            return Ok(Self {
                domain,
                project,
                name,
            });
        };
        Ok(Self {
            domain: domain.map(|text| parsed(Domain::parse(text))).transpose()?,
            project: parsed(Project::parse(project))?,
            name,
        })
    }

    /// Whether this app is meant.
    pub fn matches(&self, id: &AppId) -> bool {
        self.name == id.name
            && self.project == id.project
            && self
                .domain
                .as_ref()
                .is_none_or(|domain| *domain == id.domain)
    }
}

/// A trigger of any task, or of one.
#[derive(Debug, Clone)]
pub(super) struct TriggerEntry {
    task: Option<TaskName>,
    name: TriggerName,
}

impl TriggerEntry {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (task, name) = match segments(text)?.as_slice() {
            &[name] => (None, name),
            &[task, name] => (Some(task), name),
            more => return Err(format!("has {} parts", more.len())),
        };
        Ok(Self {
            task: task.map(|text| parsed(TaskName::parse(text))).transpose()?,
            name: parsed(TriggerName::parse(name))?,
        })
    }

    pub(super) fn matches(&self, id: &TriggerId) -> bool {
        self.name == id.name && self.task.as_ref().is_none_or(|task| *task == id.task)
    }
}

/// Splits `[[domain/]project/]name`.
fn three(text: &str) -> Result<(Option<&str>, Option<&str>, &str), String> {
    match segments(text)?.as_slice() {
        &[name] => Ok((None, None, name)),
        &[project, name] => Ok((None, Some(project), name)),
        &[domain, project, name] => Ok((Some(domain), Some(project), name)),
        more => Err(format!("has {} parts", more.len())),
    }
}

fn segments(text: &str) -> Result<Vec<&str>, String> {
    if text.is_empty() {
        return Err("is empty, which matches nothing (an empty list allows nothing)".to_owned());
    }
    if text.contains('*') {
        return Err(
            "has a '*': patterns are not known here (leave the list out to allow all)".to_owned(),
        );
    }
    let segments: Vec<&str> = text.split('/').collect();
    if segments.contains(&"") {
        return Err("has an empty part".to_owned());
    }
    Ok(segments)
}

fn parsed<T>(result: Result<T, crate::id::Error>) -> Result<T, String> {
    result.map_err(|error| format!("can never match: {error}"))
}
