//! Runs: looked up, read and aborted; started in [`create`].

mod create;
mod launched;
mod phase;

use buffa::{MessageView, OwnedView};
use flyte_idl::flyteidl2::{
    cluster::select_cluster_request::Operation,
    common::{__buffa::view::RunIdentifierView, ActionIdentifier, RunIdentifier},
    core::{__buffa::view::IdentifierView, TypedInterface},
    dataproxy::GetActionDataRequest,
    task::NamedLiteral,
    workflow::{
        __buffa::view::{
            ActionDetailsView, GetRunDetailsResponseView,
            oneof::action_details::{Result as Ending, Spec},
        },
        AbortRunRequest, GetRunDetailsRequest,
        error_info::Kind,
    },
};
use flyte_webhook_core::id::{RunName, Scope, TaskId};

pub use self::{
    create::{Given, NewRun, RunSettings, Start},
    launched::Launched,
    phase::Phase,
};
use super::{Call, Caller, ControlPlane, Error};
use crate::audit::Resource;

/// The name of a run's root action.
const ROOT_ACTION: &str = "a0";

/// A run and where it lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunId {
    /// The project and domain.
    pub scope: Scope,
    /// The name.
    pub name: RunName,
}

/// The state of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// Where it is in its life.
    pub phase: Phase,
    /// The task of the root action; `None` where that is no task, or one whose
    /// name no task can have.
    pub task: Option<TaskId>,
    /// The interface of the root action.
    pub interface: TypedInterface,
    /// Why it ended without success.
    pub failure: Option<RunFailure>,
}

/// Why a run ended without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFailure {
    /// Whose fault: `user`, `system`, or `unknown`.
    pub kind: &'static str,
    /// A short code, empty where the control plane gave none.
    pub code: String,
    /// What happened, in the task's or the control plane's words.
    pub message: String,
}

/// What went into a run and what came out.
#[derive(Clone, Debug, Default)]
pub struct ActionData {
    /// The inputs.
    pub inputs: Vec<NamedLiteral>,
    /// The outputs; empty until the run has succeeded.
    pub outputs: Vec<NamedLiteral>,
}

/// The control plane's answer about a run, of which little is read.
type Details = OwnedView<GetRunDetailsResponseView<'static>>;

impl ControlPlane {
    /// The state of a run.
    pub async fn run(&self, caller: &Caller, id: &RunId) -> Result<Run, Error> {
        let (scope, name) = (id.scope.clone(), id.name.clone());
        caller.trail().run(&name);
        caller.trail().about(Resource::Run(scope, name));
        let details = self.run_details(self.call(caller), id).await?;
        Run::new(id.clone(), &details.reborrow().details.action)
    }

    /// Inputs and outputs of a run's root action.
    pub async fn action_data(&self, caller: &Caller, id: &RunId) -> Result<ActionData, Error> {
        let call = self.call(caller);
        let action = self.root_action(id);
        let proxy = self
            .routing
            .data_proxy(call, Operation::OPERATION_GET_ACTION_DATA, action.clone())
            .await?;
        let request = GetActionDataRequest {
            action_id: action.into(),
            ..Default::default()
        };
        let data = call
            .repeatable(|options| proxy.get_action_data_with_options(request.clone(), options))
            .await?
            .into_owned();
        Ok(ActionData {
            inputs: data.inputs.into_option().unwrap_or_default().literals,
            outputs: data.outputs.into_option().unwrap_or_default().literals,
        })
    }

    /// Asks for a run to end. That it ended meanwhile is success.
    pub async fn abort_run(&self, caller: &Caller, id: &RunId, reason: &str) -> Result<(), Error> {
        let request = AbortRunRequest {
            run_id: self.run_identifier(id).into(),
            reason: Some(reason.to_owned()),
            ..Default::default()
        };
        let aborted = self
            .call(caller)
            .repeatable(|options| self.run.abort_run_with_options(request.clone(), options))
            .await;
        match aborted {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    async fn run_details(&self, call: Call<'_>, id: &RunId) -> Result<Details, Error> {
        let request = GetRunDetailsRequest {
            run_id: self.run_identifier(id).into(),
            ..Default::default()
        };
        let details = call
            .repeatable(|options| {
                self.run
                    .get_run_details_with_options(request.clone(), options)
            })
            .await?
            .into_view();
        if self.is_asked(&details.reborrow().details.action.id.run, id) {
            Ok(details)
        } else {
            Err(Error::Mismatched("run"))
        }
    }

    /// The org is left out: the open-source control plane drops it.
    pub(super) fn is_asked(&self, run: &RunIdentifierView<'_>, id: &RunId) -> bool {
        let RunIdentifier {
            project,
            domain,
            name,
            ..
        } = &self.run_identifier(id);
        (run.project, run.domain, run.name) == (project, domain, name)
    }

    pub(super) fn root_action(&self, id: &RunId) -> ActionIdentifier {
        ActionIdentifier {
            run: self.run_identifier(id).into(),
            name: ROOT_ACTION.to_owned(),
            ..Default::default()
        }
    }

    fn run_identifier(&self, id: &RunId) -> RunIdentifier {
        RunIdentifier {
            org: self.org.clone(),
            project: id.scope.project.to_string(),
            domain: id.scope.domain.to_string(),
            name: id.name.to_string(),
            ..Default::default()
        }
    }
}

impl Run {
    pub(super) fn new(id: RunId, details: &ActionDetailsView<'_>) -> Result<Self, Error> {
        let (task, interface) = match &details.spec {
            Some(Spec::Task(spec)) => {
                let template = &spec.task_template;
                let task = template.id.as_option().and_then(task_id);
                (task, template.interface.as_option())
            }
            Some(Spec::Trace(spec)) => (None, spec.interface.as_option()),
            Some(Spec::Condition(_)) | None => (None, None),
        };
        let interface = interface.map(MessageView::to_owned_message).transpose();
        Ok(Self {
            id,
            phase: Phase::of(details.status.phase),
            task,
            interface: interface
                .map_err(|_unreadable| Error::incomplete("no interface that can be read"))?
                .unwrap_or_default(),
            failure: details.result.as_ref().and_then(RunFailure::new),
        })
    }
}

impl RunFailure {
    fn new(ending: &Ending<'_>) -> Option<Self> {
        match ending {
            Ending::ErrorInfo(error) => Some(Self {
                kind: match error.kind.as_known() {
                    Some(Kind::KIND_USER) => "user",
                    Some(Kind::KIND_SYSTEM) => "system",
                    Some(Kind::KIND_UNSPECIFIED) | None => "unknown",
                },
                code: error.code.to_owned(),
                message: error.message.to_owned(),
            }),
            Ending::AbortInfo(abort) => Some(Self {
                kind: "user",
                code: "Aborted".to_owned(),
                message: abort.reason.to_owned(),
            }),
            Ending::SignalInfo(_) => None,
        }
    }
}

fn task_id(id: &IdentifierView<'_>) -> Option<TaskId> {
    TaskId::parse(id.domain, id.project, id.name).ok()
}
