//! Tasks: the version that is meant, and what it declares.

use buffa::{DecodeError, MessageView, OwnedView};
use flyte_idl::flyteidl2::{
    common::{Filter, ListRequest, Sort},
    core::VariableMap,
    task::{
        __buffa::{
            oneof::list_tasks_request::ScopeBy,
            view::{GetTaskDetailsResponseView, TaskSpecView},
        },
        GetTaskDetailsRequest, ListTasksRequest, NamedParameter, TaskIdentifier, TaskSpec,
    },
};
use flyte_webhook_core::{id::TaskId, policy::Permit};

use super::{Call, Caller, ControlPlane, Error};
use crate::audit::Resource;

/// One version of a task.
#[derive(Clone, Debug)]
pub struct Task {
    /// The identifier, as the control plane gave it.
    pub identifier: TaskIdentifier,
    /// The declared inputs, in order.
    pub inputs: VariableMap,
    /// The inputs that have a default.
    pub default_inputs: Vec<NamedParameter>,
    /// The rest, which few ask for.
    details: Details,
}

/// The control plane's answer about a task, of which little is read.
type Details = OwnedView<GetTaskDetailsResponseView<'static>>;

impl Task {
    fn new(identifier: TaskIdentifier, details: Details) -> Result<Self, Error> {
        let spec = spec(&details);
        let inputs = &spec.task_template.interface.inputs;
        let defaults = spec
            .default_inputs
            .iter()
            .map(MessageView::to_owned_message);
        Ok(Self {
            identifier,
            inputs: inputs.to_owned_message().map_err(unreadable)?,
            default_inputs: defaults.collect::<Result<_, _>>().map_err(unreadable)?,
            details,
        })
    }

    /// What was deployed.
    pub fn spec(&self) -> Result<TaskSpec, Error> {
        spec(&self.details).to_owned_message().map_err(unreadable)
    }

    /// The names of the inputs that have no default, in order.
    pub fn required_inputs(&self) -> Vec<String> {
        let has_default = |name: &str| {
            let mut defaults = self.default_inputs.iter();
            defaults.any(|parameter| parameter.name == name)
        };
        let variables = self.inputs.variables.iter();
        variables
            .map(|variable| variable.key.clone())
            .filter(|name| !has_default(name))
            .collect()
    }
}

impl ControlPlane {
    /// A version of a task, the latest where none is named; `None` where there
    /// is no such task or version.
    pub async fn task(
        &self,
        caller: &Caller,
        task: &Permit<TaskId>,
        version: Option<&str>,
    ) -> Result<Option<Task>, Error> {
        caller.trail().about(Resource::Task(task.get().clone()));
        caller.trail().permitted_by(task.rule());
        match self.find_task(caller, task.get(), version).await {
            Err(error) if error.is_not_found() => Ok(None),
            found => found,
        }
    }

    async fn find_task(
        &self,
        caller: &Caller,
        task: &TaskId,
        version: Option<&str>,
    ) -> Result<Option<Task>, Error> {
        let call = self.call(caller);
        let version = match version {
            Some(version) => Some(version.to_owned()),
            None => self.latest_version(call, task).await?,
        };
        match version {
            Some(version) => self.task_details(call, task, version).await.map(Some),
            None => Ok(None),
        }
    }

    async fn latest_version(&self, call: Call<'_>, task: &TaskId) -> Result<Option<String>, Error> {
        let request = ListTasksRequest {
            request: ListRequest {
                limit: 1,
                // Deprecated, but what every released control plane reads.
                sort_by: Sort {
                    key: "created_at".to_owned(),
                    ..Default::default()
                }
                .into(),
                filters: vec![Filter {
                    field: "name".to_owned(),
                    values: vec![task.name.to_string()],
                    ..Default::default()
                }],
                ..Default::default()
            }
            .into(),
            scope_by: Some(ScopeBy::ProjectId(Box::new(
                self.project(&task.domain, &task.project),
            ))),
            ..Default::default()
        };
        let listed = call
            .repeatable(|options| self.task.list_tasks_with_options(request.clone(), options))
            .await?;
        let latest = listed.view().tasks.iter().next();
        let id = latest.and_then(|task| task.task_id.as_option());
        Ok(id.map(|id| id.version.to_owned()))
    }

    async fn task_details(
        &self,
        call: Call<'_>,
        task: &TaskId,
        version: String,
    ) -> Result<Task, Error> {
        let request = GetTaskDetailsRequest {
            task_id: TaskIdentifier {
                org: self.org.clone(),
                project: task.project.to_string(),
                domain: task.domain.to_string(),
                name: task.name.to_string(),
                version,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        };
        let details = call
            .repeatable(|options| {
                self.task
                    .get_task_details_with_options(request.clone(), options)
            })
            .await?
            .into_view();
        let identifier = details.reborrow().details.task_id.to_owned_message();
        let identifier = identifier.map_err(unreadable)?;
        // The org is left out: the open-source control plane drops it.
        let asked = request.task_id.as_option().cloned().unwrap_or_default();
        let same = (
            &identifier.project,
            &identifier.domain,
            &identifier.name,
            &identifier.version,
        ) == (&asked.project, &asked.domain, &asked.name, &asked.version);
        if !same {
            return Err(Error::Mismatched("task"));
        }
        Task::new(identifier, details)
    }
}

fn spec(details: &Details) -> &TaskSpecView<'_> {
    &details.reborrow().details.spec
}

fn unreadable(_error: DecodeError) -> Error {
    Error::incomplete("no task that can be read")
}
