//! Section `build`.

use flyte_webhook_core::{
    id::TaskId,
    image::{FlyteVersion, PythonVersion},
    policy::Permit,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{own_task, report::Report};

/// How images are built.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Build")]
pub(super) struct Section {
    /// The project of the task that builds images.
    project: String,
    /// Its domain; the platform's `FLYTE_IMAGEBUILDER_TASK_DOMAIN` sets it too.
    domain: String,
    /// Its name. The endpoint may run this task whatever `task_allowlist` says.
    task: String,
    /// The version of Python of an image for which none is named.
    python_version: String,
    /// The release of the Flyte SDK whose image is the base of an image for which none is named.
    flyte_version: String,
}

/// How images are built.
#[derive(Debug, Clone)]
pub struct Build {
    /// The task that builds images.
    pub task: Permit<TaskId>,
    /// The version of Python where none is named.
    pub python: PythonVersion,
    /// The release of the SDK where none is named.
    pub flyte: FlyteVersion,
}

impl Section {
    pub(super) fn resolve(&self, report: &mut Report<'_>) -> Option<Build> {
        let names = [&self.domain, &self.project, &self.task];
        let task = own_task::permit(report, "build", names.map(String::as_str));
        let python = report.keep("build.python_version", self.python_version.parse());
        let flyte = report.keep("build.flyte_version", self.flyte_version.parse());
        Some(Build {
            task: task?,
            python: python?,
            flyte: flyte?,
        })
    }
}
