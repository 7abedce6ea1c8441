//! A trigger of a demo task, to fire by hand: no schedule fires anything here.

use flyte_idl::flyteidl2::{
    task::{
        Inputs, Schedule, TriggerAutomationSpec, TriggerAutomationSpecType, schedule::Expression,
        trigger_automation_spec::Automation,
    },
    trigger::{TriggerSpec, trigger_spec::InputWrapper},
};

use super::{VERSION, interface, value::string};

/// The task that it is a trigger of.
pub(in crate::embedded) const TASK: &str = "demo.hello";
/// Its name.
pub(in crate::embedded) const NAME: &str = "daily";

/// What its runs are.
pub(in crate::embedded) fn spec() -> TriggerSpec {
    let inputs = Inputs {
        literals: vec![interface::named("name", string("early bird"))],
        ..Default::default()
    };
    TriggerSpec {
        input_wrapper: Some(InputWrapper::Inputs(Box::new(inputs))),
        task_version: VERSION.to_owned(),
        description: "Greets every morning.".to_owned(),
        ..Default::default()
    }
}

/// When it would fire.
pub(in crate::embedded) fn automation() -> TriggerAutomationSpec {
    let schedule = Schedule {
        expression: Some(Expression::CronExpression("0 6 * * *".to_owned())),
        ..Default::default()
    };
    TriggerAutomationSpec {
        r#type: TriggerAutomationSpecType::TYPE_SCHEDULE.into(),
        automation: Some(Automation::Schedule(Box::new(schedule))),
        ..Default::default()
    }
}
