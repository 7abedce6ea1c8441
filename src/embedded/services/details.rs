//! Stored actions as the messages that show them.

use buffa::{Enumeration, MessageField};
use connectrpc::ConnectError;
use flyte_idl::flyteidl2::{
    core::ExecutionError,
    task::{OutputReferences, RunSpec, TaskSpec, TraceSpec},
    workflow::{
        AbortInfo, Action, ActionDetails, ActionMetadata, ActionStatus, ActionType, Run,
        RunDetails, TaskActionMetadata, TraceActionMetadata, action_details, action_metadata,
    },
};

use super::State;
use crate::embedded::{
    objects,
    store::{self, actions::ActionRow, is_terminal},
    wire,
};

mod attempts;

/// The action of a list.
pub(super) fn action(row: &ActionRow) -> Result<Action, store::Error> {
    Ok(Action {
        id: wire::action_id(&row.key()).into(),
        metadata: metadata(row)?.into(),
        status: status(row).into(),
        ..Default::default()
    })
}

/// The run of a list.
pub(super) fn run(row: &ActionRow) -> Result<Run, store::Error> {
    Ok(Run {
        action: action(row)?.into(),
        labels: serde_json::from_str(&row.labels).unwrap_or_default(),
        ..Default::default()
    })
}

/// Everything about a run.
pub(super) async fn run_details(
    state: &State,
    row: &ActionRow,
) -> Result<RunDetails, ConnectError> {
    let run_spec: RunSpec = ActionRow::decode(&row.run_spec)?;
    Ok(RunDetails {
        run_spec: run_spec.into(),
        action: action_details(state, row).await?.into(),
        ..Default::default()
    })
}

/// Everything about an action.
pub(super) async fn action_details(
    state: &State,
    row: &ActionRow,
) -> Result<ActionDetails, ConnectError> {
    let events = state.store.events(row.id).await?;
    let spec = if row.kind == ActionType::ACTION_TYPE_TRACE as i32 {
        let spec: TraceSpec = ActionRow::decode(&row.spec)?;
        action_details::Spec::Trace(Box::new(spec))
    } else {
        let spec: TaskSpec = ActionRow::decode(&row.spec)?;
        action_details::Spec::Task(Box::new(spec))
    };
    Ok(ActionDetails {
        id: wire::action_id(&row.key()).into(),
        metadata: metadata(row)?.into(),
        status: status(row).into(),
        attempts: attempts::of(row, &events)?,
        result: result(row)?,
        spec: Some(spec),
        ..Default::default()
    })
}

/// The references to what an action wrote; unset until it has succeeded.
pub(super) fn outputs(
    uri: &str,
) -> MessageField<OutputReferences, buffa::Inline<OutputReferences>> {
    if uri.is_empty() {
        return MessageField::none();
    }
    MessageField::some(OutputReferences {
        output_uri: objects::output_file(uri),
        report_uri: format!("{}/report.html", uri.trim_end_matches('/')),
        ..Default::default()
    })
}

fn result(row: &ActionRow) -> Result<Option<action_details::Result>, store::Error> {
    if let Some(reason) = &row.abort_reason {
        return Ok(Some(action_details::Result::AbortInfo(Box::new(
            AbortInfo {
                reason: reason.clone(),
                aborted_by: wire::identity(row.aborted_by.as_deref().unwrap_or_default()),
                ..Default::default()
            },
        ))));
    }
    let Some(error) = &row.error else {
        return Ok(None);
    };
    let error: ExecutionError = ActionRow::decode(error)?;
    Ok(Some(action_details::Result::ErrorInfo(Box::new(
        wire::error_info(&error),
    ))))
}

fn status(row: &ActionRow) -> ActionStatus {
    let spent = row
        .ended_at
        .map(|end| (end - row.created_at).max(0) / 1_000);
    ActionStatus {
        phase: row.phase().into(),
        start_time: wire::time(row.created_at).into(),
        end_time: row.ended_at.map(wire::time).into(),
        // As the Go server counts: one before there is any.
        attempts: row.attempts.max(1),
        duration_ms: spent
            .map(i64::unsigned_abs)
            .filter(|_| is_terminal(row.phase())),
        ..Default::default()
    }
}

fn metadata(row: &ActionRow) -> Result<ActionMetadata, store::Error> {
    let kind = ActionType::from_i32(row.kind).unwrap_or(ActionType::ACTION_TYPE_TASK);
    let mut metadata = ActionMetadata {
        parent: row.parent.clone(),
        group: row.action_group.clone(),
        executed_by: wire::identity(&row.created_by),
        action_type: kind.into(),
        trigger_name: row.trigger_name.clone(),
        source: row.source.into(),
        ..Default::default()
    };
    if kind == ActionType::ACTION_TYPE_TRACE {
        let name = row.task_name.clone();
        metadata.funtion_name.clone_from(&name);
        let trace = TraceActionMetadata {
            name,
            ..Default::default()
        };
        metadata.spec = Some(action_metadata::Spec::Trace(Box::new(trace)));
        return Ok(metadata);
    }
    let spec: TaskSpec = ActionRow::decode(&row.spec)?;
    metadata.environment_name.clone_from(&spec.environment.name);
    let function = row.task_name.rsplit('.').next().unwrap_or_default();
    function.clone_into(&mut metadata.funtion_name);
    let task = task_metadata(row, &spec);
    metadata.spec = Some(action_metadata::Spec::Task(Box::new(task)));
    Ok(metadata)
}

fn task_metadata(row: &ActionRow, spec: &TaskSpec) -> TaskActionMetadata {
    let id = wire::task_id(
        &row.task_project,
        &row.task_domain,
        &row.task_name,
        &row.task_version,
    );
    TaskActionMetadata {
        id: id.into(),
        task_type: spec.task_template.r#type.clone(),
        short_name: spec.short_name.clone(),
        ..Default::default()
    }
}
