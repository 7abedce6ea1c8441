//! Triggers: switched on and off, and fired by hand.

pub mod activate_trigger;
pub mod deactivate_trigger;
pub mod run_trigger;

use flyte_webhook_core::{
    id::{TaskId, TriggerId},
    policy::Permit,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::task;
use crate::{
    control_plane::{Caller, Trigger},
    http::{Api, Problem},
};

/// A trigger as it is now.
#[derive(Serialize, ToSchema)]
pub struct SwitchedTrigger {
    #[schema(example = "demo.hello")]
    task_name: String,
    #[schema(example = "daily")]
    trigger_name: String,
    /// Whether it fires.
    active: bool,
}

/// Permits a trigger that may be used, whose task may be, too: an active trigger
/// starts it.
fn permitted(api: &Api, caller: &Caller, id: &TriggerId) -> Result<Permit<TriggerId>, Problem> {
    let permit = api.policy.trigger(id).map_err(Problem::Denied)?;
    caller.trail().permitted_by(permit.rule());
    task::permitted(api, caller, &task_of(api, id))?;
    Ok(permit)
}

/// The task of a trigger, which is in the webhook's own project and domain.
fn task_of(api: &Api, id: &TriggerId) -> TaskId {
    TaskId {
        domain: api.scope.domain.clone(),
        project: api.scope.project.clone(),
        name: id.task.clone(),
    }
}

/// Looks a trigger up that may be used.
async fn found(api: &Api, caller: &Caller, id: &Permit<TriggerId>) -> Result<Trigger, Problem> {
    api.control_plane
        .trigger(caller, &api.scope, id)
        .await
        .map_err(Problem::control_plane("Looking up the trigger"))?
        .ok_or_else(|| Problem::NoTrigger(id.get().clone()))
}

async fn switch(
    api: &Api,
    caller: &Caller,
    id: TriggerId,
    active: bool,
) -> Result<SwitchedTrigger, Problem> {
    let permit = permitted(api, caller, &id)?;
    let trigger = found(api, caller, &permit).await?;
    let action = if active {
        "Activating the trigger"
    } else {
        "Deactivating the trigger"
    };
    api.control_plane
        .switch_trigger(caller, &trigger, active)
        .await
        .map_err(Problem::control_plane(action))?;
    Ok(SwitchedTrigger {
        task_name: id.task.into(),
        trigger_name: id.name.into(),
        active,
    })
}
