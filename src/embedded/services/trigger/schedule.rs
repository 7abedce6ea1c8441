//! Whether a schedule reads as one.

use connectrpc::ConnectError;
use flyte_idl::flyteidl2::task::{
    Schedule, TriggerAutomationSpec, schedule::Expression, trigger_automation_spec::Automation,
};

const SHORTHANDS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Refuses a cron expression that cannot be one. Its five fields are not read
/// further: nothing here fires by a schedule.
pub(super) fn check(automation: &TriggerAutomationSpec) -> Result<(), ConnectError> {
    match &automation.automation {
        Some(Automation::Schedule(schedule)) => check_schedule(schedule),
        Some(Automation::Artifact(_)) | None => Ok(()),
    }
}

fn check_schedule(schedule: &Schedule) -> Result<(), ConnectError> {
    let expression = match &schedule.expression {
        Some(Expression::Cron(cron)) => &cron.expression,
        Some(Expression::CronExpression(expression)) => expression,
        Some(Expression::Rate(_)) => return Ok(()),
        None => {
            return Err(ConnectError::invalid_argument(
                "a schedule needs an expression",
            ));
        }
    };
    if is_cron(expression) {
        return Ok(());
    }
    Err(ConnectError::invalid_argument(format!(
        "{expression:?} is no cron expression; write five fields, as in `0 6 * * 1-5`"
    )))
}

fn is_cron(expression: &str) -> bool {
    let field = |byte: u8| byte.is_ascii_alphanumeric() || b"*/,-?#".contains(&byte);
    let fields: Vec<_> = expression.split_whitespace().collect();
    SHORTHANDS.contains(&expression)
        || (fields.len() == 5 && fields.iter().all(|text| text.bytes().all(field)))
}
