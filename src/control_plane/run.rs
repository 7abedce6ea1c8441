//! Runs: looked up, read and aborted; started in [`create`].

mod create;
mod launched;
mod phase;

use buffa::{MessageView, OwnedView};
use connectrpc::StreamMessage;
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
        AbortRunRequest, GetRunDetailsRequest, WatchActionDetailsResponse,
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
    /// Why it ended without success.
    pub failure: Option<RunFailure>,
    /// The rest, which few ask for.
    said: Said,
}

/// What the control plane has said of a run.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// When it was asked.
    Answer(Details),
    /// On a stream.
    Message(StreamMessage<WatchActionDetailsResponse>),
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
    /// The interface of the root action.
    pub interface: TypedInterface,
    /// The inputs.
    pub inputs: Vec<NamedLiteral>,
    /// The outputs; empty until the run has succeeded.
    pub outputs: Vec<NamedLiteral>,
}

/// The control plane's answer about a run, of which little is read.
pub(super) type Details = OwnedView<GetRunDetailsResponseView<'static>>;

impl ControlPlane {
    /// The state of a run.
    pub async fn run(&self, caller: &Caller, id: &RunId) -> Result<Run, Error> {
        let (scope, name) = (id.scope.clone(), id.name.clone());
        caller.trail().run(&name);
        caller.trail().about(Resource::Run(scope, name));
        let details = self.run_details(self.call(caller), id).await?;
        Ok(Run::new(id.clone(), Said::Answer(details)))
    }

    /// Inputs and outputs of a run's root action.
    pub async fn action_data(&self, caller: &Caller, run: &Run) -> Result<ActionData, Error> {
        let interface = run.interface()?;
        let call = self.call(caller);
        let action = self.root_action(&run.id);
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
            interface,
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
    pub(super) fn new(id: RunId, said: Said) -> Self {
        let details = said.details();
        let task = match &details.spec {
            Some(Spec::Task(spec)) => spec.task_template.id.as_option().and_then(task_id),
            Some(Spec::Trace(_) | Spec::Condition(_)) | None => None,
        };
        Self {
            id,
            phase: Phase::of(details.status.phase),
            task,
            failure: details.result.as_ref().and_then(RunFailure::new),
            said,
        }
    }

    /// The interface of the root action, empty where that has none.
    fn interface(&self) -> Result<TypedInterface, Error> {
        let interface = match &self.said.details().spec {
            Some(Spec::Task(spec)) => spec.task_template.interface.as_option(),
            Some(Spec::Trace(spec)) => spec.interface.as_option(),
            Some(Spec::Condition(_)) | None => None,
        };
        let owned = interface.map(MessageView::to_owned_message).transpose();
        owned
            .map(Option::unwrap_or_default)
            .map_err(|_unreadable| Error::incomplete("no interface that can be read"))
    }
}

impl Said {
    fn details(&self) -> &ActionDetailsView<'_> {
        match self {
            Self::Answer(answer) => &answer.reborrow().details.action,
            Self::Message(message) => &message.view().details,
        }
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
