//! Apps: looked up, started and stopped; waited for in [`wait`].
//!
//! Some control planes find an app by a name that several apps share, so what
//! comes back is compared with what was asked for. Only then is there an
//! [`App`], and nothing is done to an app that is not one.

mod wait;

use flyte_idl::flyteidl2::app::{
    self as idl, __buffa::oneof::get_request::Identifier as GetBy, Condition, GetRequest,
    Identifier, UpdateRequest, spec::DesiredState, status::DeploymentStatus,
};
use flyte_webhook_core::{id::AppId, policy::Permit};

pub use self::wait::Error as AppWaitError;
use super::{Caller, ControlPlane, Error};
use crate::audit::Resource;

/// An app as the control plane shows it, and certainly the one asked for.
#[derive(Clone, Debug)]
pub struct App {
    id: AppId,
    /// All of it, with what this server does not know: an update sends it back.
    message: idl::App,
}

/// What may be wanted of an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppGoal {
    /// It answers.
    Active,
    /// It does not run.
    Deactivated,
}

impl App {
    fn verified(id: &AppId, message: idl::App) -> Result<Self, Error> {
        let answered = message
            .metadata
            .as_option()
            .and_then(|it| it.id.as_option());
        if answered.is_some_and(|answered| is_asked(answered, id)) {
            let id = id.clone();
            Ok(Self { id, message })
        } else {
            Err(Error::Mismatched("app"))
        }
    }

    /// The app's name and place.
    pub fn id(&self) -> &AppId {
        &self.id
    }

    /// How often it was changed.
    pub fn revision(&self) -> u64 {
        self.message.metadata.revision
    }

    /// Where it answers, as the control plane says; empty where it does not.
    pub fn endpoint(&self) -> &str {
        &self.message.status.ingress.public_url
    }

    /// Whether it answers.
    pub fn is_active(&self) -> bool {
        matches!(
            self.status(),
            DeploymentStatus::Active | DeploymentStatus::Started
        )
    }

    /// Whether it does not run and will not by itself.
    pub fn is_deactivated(&self) -> bool {
        matches!(
            self.status(),
            DeploymentStatus::Unassigned | DeploymentStatus::Stopped
        )
    }

    /// Whether the goal is reached.
    pub fn is(&self, goal: AppGoal) -> bool {
        match goal {
            AppGoal::Active => self.is_active(),
            AppGoal::Deactivated => self.is_deactivated(),
        }
    }

    fn has_failed(&self) -> bool {
        self.status() == DeploymentStatus::Failed
    }

    fn newest_condition(&self) -> Option<&Condition> {
        self.message.status.conditions.last()
    }

    /// The status of the newest condition; one of a later version counts as none.
    fn status(&self) -> DeploymentStatus {
        self.newest_condition()
            .and_then(|condition| condition.deployment_status.as_known())
            .unwrap_or(DeploymentStatus::Unspecified)
    }
}

impl ControlPlane {
    /// Looks an app up.
    pub async fn app(&self, caller: &Caller, app: &Permit<AppId>) -> Result<App, Error> {
        caller.trail().about(Resource::App(app.get().clone()));
        caller.trail().permitted_by(app.rule());
        self.get_app(caller, app.get()).await
    }

    /// Asks for an app to start or to stop, and gives its state after that.
    pub async fn update_app(&self, caller: &Caller, app: App, goal: AppGoal) -> Result<App, Error> {
        let App { id, mut message } = app;
        let (state, verb) = match goal {
            AppGoal::Active => (DesiredState::Started, "activate"),
            AppGoal::Deactivated => (DesiredState::Stopped, "deactivate"),
        };
        // Without a specification the update would take the app's own away.
        let Some(spec) = message.spec.as_option_mut() else {
            let message = "the app has no specification".to_owned();
            return Err(Error::Malformed { message });
        };
        spec.desired_state = state.into();
        let request = UpdateRequest {
            app: message.into(),
            reason: format!("User requested to {verb} app from flyte-sdk"),
            ..Default::default()
        };
        let updated = self
            .call(caller)
            .repeatable(|options| self.app.update_with_options(request.clone(), options))
            .await?
            .into_owned()
            .app
            .into_option()
            .unwrap_or_default();
        // The update took place, so this is no reason to say that there is no
        // such app.
        App::verified(&id, updated).map_err(|_another| Error::Malformed {
            message: "the answer to the update is about another app".to_owned(),
        })
    }

    /// The page of an app in the console.
    pub fn app_url(&self, app: &AppId) -> String {
        format!(
            "{}v2/domain/{}/project/{}/apps/{}",
            self.console, app.domain, app.project, app.name
        )
    }

    async fn get_app(&self, caller: &Caller, id: &AppId) -> Result<App, Error> {
        let request = GetRequest {
            identifier: Some(GetBy::AppId(Box::new(self.app_identifier(id)))),
            ..Default::default()
        };
        let message = self
            .call(caller)
            .repeatable(|options| self.app.get_with_options(request.clone(), options))
            .await?
            .into_owned()
            .app
            .into_option()
            .unwrap_or_default();
        App::verified(id, message)
    }

    fn app_identifier(&self, id: &AppId) -> Identifier {
        Identifier {
            org: self.org.clone(),
            project: id.project.to_string(),
            domain: id.domain.to_string(),
            name: id.name.to_string(),
            ..Default::default()
        }
    }
}

/// The org is left out: the open-source control plane drops it.
fn is_asked(answered: &Identifier, asked: &AppId) -> bool {
    answered.name == asked.name.as_str()
        && answered.project == asked.project.as_str()
        && answered.domain == asked.domain.as_str()
}
