//! Triggers: looked up before anything is done with them, since the open-source
//! control plane says OK to whatever is asked of one that does not exist.

use flyte_idl::flyteidl2::{
    common::TriggerName,
    task::RunSpec,
    trigger::{GetTriggerDetailsRequest, TriggerDetails, UpdateTriggersRequest},
};
use flyte_webhook_core::{
    id::{Scope, TriggerId},
    policy::Permit,
};

use super::{Caller, ControlPlane, Error};

/// A trigger that exists.
#[derive(Clone, Debug)]
pub struct Trigger {
    pub(super) name: TriggerName,
    /// How its runs are run.
    pub(super) run_spec: RunSpec,
    /// The version of its task that it is bound to.
    pub task_version: String,
}

impl ControlPlane {
    /// A trigger of a task; `None` where there is no such trigger.
    pub async fn trigger(
        &self,
        caller: &Caller,
        scope: &Scope,
        trigger: &Permit<TriggerId>,
    ) -> Result<Option<Trigger>, Error> {
        caller.trail().permitted_by(trigger.rule());
        let name = self.trigger_name(scope, trigger.get());
        let request = GetTriggerDetailsRequest {
            name: name.clone().into(),
            ..Default::default()
        };
        let found = self
            .call(caller)
            .repeatable(|options| {
                self.trigger
                    .get_trigger_details_with_options(request.clone(), options)
            })
            .await
            .and_then(|answer| Trigger::new(name, answer.into_owned().trigger.into_option()));
        match found {
            Err(error) if error.is_not_found() => Ok(None),
            found => found.map(Some),
        }
    }

    /// Lets a trigger fire, or keeps it from firing.
    pub async fn switch_trigger(
        &self,
        caller: &Caller,
        trigger: &Trigger,
        active: bool,
    ) -> Result<(), Error> {
        let request = UpdateTriggersRequest {
            names: vec![trigger.name.clone()],
            active,
            ..Default::default()
        };
        self.call(caller)
            .repeatable(|options| {
                self.trigger
                    .update_triggers_with_options(request.clone(), options)
            })
            .await
            .map(|_| ())
    }

    fn trigger_name(&self, scope: &Scope, id: &TriggerId) -> TriggerName {
        TriggerName {
            org: self.org.clone(),
            project: scope.project.to_string(),
            domain: scope.domain.to_string(),
            name: id.name.to_string(),
            task_name: id.task.to_string(),
            ..Default::default()
        }
    }
}

impl Trigger {
    /// What was found under a name must have that name; the org is left out,
    /// since the open-source control plane drops it.
    fn new(name: TriggerName, details: Option<TriggerDetails>) -> Result<Self, Error> {
        let details = details.unwrap_or_default();
        let parts = |it: &TriggerName| {
            [&it.project, &it.domain, &it.task_name, &it.name].map(String::clone)
        };
        if parts(&details.id.name) != parts(&name) {
            return Err(Error::Mismatched("trigger"));
        }
        let spec = details.spec.into_option().unwrap_or_default();
        Ok(Self {
            name,
            run_spec: spec.run_spec.into_option().unwrap_or_default(),
            task_version: spec.task_version,
        })
    }
}
