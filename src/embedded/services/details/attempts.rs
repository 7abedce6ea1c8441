//! The attempts of an action, gathered from its events.

use buffa::Enumeration;
use flyte_idl::flyteidl2::{
    common::ActionPhase,
    core::ExecutionError,
    workflow::{ActionAttempt, PhaseTransition},
};

use crate::embedded::{
    store::{self, actions::ActionRow, events::EventRow, is_terminal},
    wire,
};

/// One message for each attempt, oldest first.
pub(super) fn of(row: &ActionRow, events: &[EventRow]) -> Result<Vec<ActionAttempt>, store::Error> {
    events
        .chunk_by(|one, next| one.attempt == next.attempt)
        .map(|events| attempt(row, events))
        .collect()
}

fn attempt(row: &ActionRow, events: &[EventRow]) -> Result<ActionAttempt, store::Error> {
    let last = events.last();
    let phase = last.map_or(row.phase(), phase_of);
    let end = last.filter(|_| is_terminal(phase)).map(|event| event.at);
    let error = last.and_then(|event| event.error.as_deref());
    let error = error.map(ActionRow::decode::<ExecutionError>).transpose()?;
    Ok(ActionAttempt {
        phase: phase.into(),
        start_time: events.first().map(|event| wire::time(event.at)).into(),
        end_time: end.map(wire::time).into(),
        error_info: error.as_ref().map(wire::error_info).into(),
        attempt: last.map_or(0, |event| event.attempt),
        outputs: super::outputs(last.map_or("", |event| &event.output_uri)),
        // The log is there as soon as the task's own code runs.
        logs_available: events.iter().any(|event| event.phase >= RUNNING),
        phase_transitions: transitions(events),
        cluster: "embedded".to_owned(),
        ..Default::default()
    })
}

const RUNNING: i32 = ActionPhase::ACTION_PHASE_RUNNING as i32;

fn transitions(events: &[EventRow]) -> Vec<PhaseTransition> {
    let ends = events
        .iter()
        .skip(1)
        .map(|event| Some(event.at))
        .chain([None]);
    events
        .iter()
        .zip(ends)
        .map(|(event, end)| PhaseTransition {
            phase: phase_of(event).into(),
            start_time: wire::time(event.at).into(),
            end_time: end.map(wire::time).into(),
            ..Default::default()
        })
        .collect()
}

fn phase_of(event: &EventRow) -> ActionPhase {
    ActionPhase::from_i32(event.phase).unwrap_or_default()
}
