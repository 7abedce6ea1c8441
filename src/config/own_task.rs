//! The tasks that endpoints have of their own.

use flyte_webhook_core::{
    id::{Domain, Project, TaskId, TaskName},
    policy::Permit,
};

use super::report::Report;

/// The task that a section names by its keys `domain`, `project` and `task`.
pub(super) fn permit(
    report: &mut Report<'_>,
    section: &str,
    [domain, project, task]: [&str; 3],
) -> Option<Permit<TaskId>> {
    let domain = report.keep(&format!("{section}.domain"), Domain::parse(domain));
    let project = report.keep(&format!("{section}.project"), Project::parse(project));
    let name = report.keep(&format!("{section}.task"), TaskName::parse(task));
    Some(Permit::configured(TaskId {
        domain: domain?,
        project: project?,
        name: name?,
    }))
}
