//! The closed set of API operations.
//!
//! Router, OpenAPI document, configuration, metrics and the `endpoints` command
//! all read this one table, so an operation cannot exist in some of them only.

mod set;

use std::{fmt, str::FromStr};

pub use set::EndpointSet;

use crate::nearest::nearest;

/// Why a configured word does not choose operations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `endpoint_groups` and `endpoints` are both given.
    #[error("endpoint_groups and endpoints exclude each other: keep one of them")]
    Both,
    /// No operation has this name.
    #[error("unknown endpoint {name:?}{}; valid endpoints: {}", hint(*nearest), listed(Endpoint::ALL))]
    UnknownEndpoint {
        name: String,
        nearest: Option<&'static str>,
    },
    /// No group has this name.
    #[error("unknown endpoint group {name:?}{}; valid groups: all, {}", hint(*nearest), listed(Group::ALL))]
    UnknownGroup {
        name: String,
        nearest: Option<&'static str>,
    },
    /// The name of a group stands among endpoints.
    #[error("{name:?} is a group of endpoints: write it under endpoint_groups")]
    GroupAmongEndpoints { name: String },
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!(", did you mean {word:?}?"))
}

fn listed<T: fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = all.into_iter().map(|item| item.to_string()).collect();
    names.join(", ")
}

/// The method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    /// The method as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A family of operations that is switched on together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    Core,
    Task,
    Run,
    App,
    Trigger,
    Build,
    Prefetch,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 7] = [
        Self::Core,
        Self::Task,
        Self::Run,
        Self::App,
        Self::Trigger,
        Self::Build,
        Self::Prefetch,
    ];

    /// The word for this group in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Task => "task",
            Self::Run => "run",
            Self::App => "app",
            Self::Trigger => "trigger",
            Self::Build => "build",
            Self::Prefetch => "prefetch",
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Group {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|group| group.name() == name);
        found.ok_or_else(|| Error::UnknownGroup {
            name: name.to_owned(),
            nearest: nearest(name, Self::ALL.iter().map(|group| group.name())),
        })
    }
}

/// One API operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    Health,
    Me,
    RunTask,
    GetTask,
    GetRun,
    GetRunIo,
    AbortRun,
    GetApp,
    ActivateApp,
    DeactivateApp,
    CallApp,
    ActivateTrigger,
    DeactivateTrigger,
    RunTrigger,
    BuildImage,
    PrefetchHfModel,
    GetPrefetchHfModel,
    GetPrefetchHfModelIo,
    AbortPrefetchHfModel,
}

/// One row of the table of operations.
struct Row {
    name: &'static str,
    group: Group,
    method: Method,
    path: &'static str,
    handler: &'static str,
}

const fn get(group: Group, name: &'static str, path: &'static str, handler: &'static str) -> Row {
    let method = Method::Get;
    Row {
        name,
        group,
        method,
        path,
        handler,
    }
}

const fn post(group: Group, name: &'static str, path: &'static str, handler: &'static str) -> Row {
    let method = Method::Post;
    Row {
        name,
        group,
        method,
        path,
        handler,
    }
}

impl Endpoint {
    /// Every operation, in the order of documentation.
    pub const ALL: [Self; 19] = [
        Self::Health,
        Self::Me,
        Self::RunTask,
        Self::GetTask,
        Self::GetRun,
        Self::GetRunIo,
        Self::AbortRun,
        Self::GetApp,
        Self::ActivateApp,
        Self::DeactivateApp,
        Self::CallApp,
        Self::ActivateTrigger,
        Self::DeactivateTrigger,
        Self::RunTrigger,
        Self::BuildImage,
        Self::PrefetchHfModel,
        Self::GetPrefetchHfModel,
        Self::GetPrefetchHfModelIo,
        Self::AbortPrefetchHfModel,
    ];

    #[rustfmt::skip]
    const fn row(self) -> Row {
        use Group::{App, Build, Core, Prefetch, Run, Task, Trigger};
        match self {
            Self::Health => get(Core, "health", "/health", "health_check"),
            Self::Me => get(Core, "me", "/me", "get_current_user"),
            Self::RunTask => post(Task, "run_task", "/run-task/{domain}/{project}/{name}", "run_task"),
            Self::GetTask => get(Task, "get_task", "/task/{domain}/{project}/{name}", "get_task_metadata"),
            Self::GetRun => get(Run, "get_run", "/run/{name}", "get_run"),
            Self::GetRunIo => get(Run, "get_run_io", "/run/{name}/io", "get_run_io"),
            Self::AbortRun => post(Run, "abort_run", "/run/{name}/abort", "abort_run"),
            Self::GetApp => get(App, "get_app", "/app/{name}", "get_app_status"),
            Self::ActivateApp => post(App, "activate_app", "/app/{name}/activate", "activate_app"),
            Self::DeactivateApp => post(App, "deactivate_app", "/app/{name}/deactivate", "deactivate_app"),
            Self::CallApp => post(App, "call_app", "/app/{name}/call", "call_app_endpoint"),
            Self::ActivateTrigger => post(Trigger, "activate_trigger", "/trigger/{task_name}/{trigger_name}/activate", "activate_trigger"),
            Self::DeactivateTrigger => post(Trigger, "deactivate_trigger", "/trigger/{task_name}/{trigger_name}/deactivate", "deactivate_trigger"),
            Self::RunTrigger => post(Trigger, "run_trigger", "/trigger/{task_name}/{trigger_name}/run", "run_trigger"),
            Self::BuildImage => post(Build, "build_image", "/build-image", "build_image"),
            Self::PrefetchHfModel => post(Prefetch, "prefetch_hf_model", "/prefetch/hf-model", "prefetch_hf_model"),
            Self::GetPrefetchHfModel => get(Prefetch, "get_prefetch_hf_model", "/prefetch/hf-model/{run_name}", "get_prefetch_hf_model_status"),
            Self::GetPrefetchHfModelIo => get(Prefetch, "get_prefetch_hf_model_io", "/prefetch/hf-model/{run_name}/io", "get_prefetch_hf_model_io"),
            Self::AbortPrefetchHfModel => post(Prefetch, "abort_prefetch_hf_model", "/prefetch/hf-model/{run_name}/abort", "abort_prefetch_hf_model"),
        }
    }

    /// The word for this operation in the configuration.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The group this operation is switched on with.
    pub const fn group(self) -> Group {
        self.row().group
    }

    /// The one method this operation answers.
    pub const fn method(self) -> Method {
        self.row().method
    }

    /// The path template, with `{name}` for a segment.
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// The name clients generated from the reference's document know this operation by.
    pub const fn handler_name(self) -> &'static str {
        self.row().handler
    }

    /// Whether this operation answers without credentials.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Health)
    }

    /// Whether this operation is on only when `endpoints` names it.
    pub const fn is_opt_in(self) -> bool {
        matches!(self, Self::RunTrigger)
    }

    /// The `operationId` of the OpenAPI document.
    pub fn operation_id(self) -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let path: String = self.path().chars().map(word).collect();
        let method = self.method().as_str().to_ascii_lowercase();
        format!("{}{path}_{method}", self.handler_name())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some(endpoint) = Self::ALL.into_iter().find(|it| it.name() == name) {
            return Ok(endpoint);
        }
        let name = name.to_owned();
        if name == "all" || Group::from_str(&name).is_ok() {
            return Err(Error::GroupAmongEndpoints { name });
        }
        let nearest = nearest(&name, Self::ALL.iter().map(|it| it.name()));
        Err(Error::UnknownEndpoint { name, nearest })
    }
}

#[cfg(test)]
mod tests;
