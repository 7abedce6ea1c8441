//! From how an attempt ended to how its action goes on.

use flyte_idl::flyteidl2::{
    common::ActionPhase,
    core::{ExecutionError, container_error, execution_error::ErrorKind},
};

use tokio::time::sleep;

use super::{Context, STORE_PAUSE, retry};
use crate::embedded::{
    executor::{Failure, Outcome},
    store::{self, actions::ActionRow, finish::End},
    wire,
};

/// Stores the end of an attempt; returns the actions that end with it.
pub(super) async fn settle(context: &Context, row: &ActionRow, outcome: Outcome) -> Vec<ActionRow> {
    let end = match outcome {
        Outcome::Succeeded { output_uri, .. } => End::Succeeded { output_uri },
        Outcome::Failed(failure) => failed(context, row, ActionPhase::ACTION_PHASE_FAILED, failure),
        Outcome::TimedOut => failed(
            context,
            row,
            ActionPhase::ACTION_PHASE_TIMED_OUT,
            timed_out(row),
        ),
        // An abort by a caller is stored already and stays; else we are stopping.
        Outcome::Aborted => interruption(context, row),
    };
    keep(context, row, &end).await
}

/// Stores that an attempt ended with the process that ran it.
pub(super) async fn interrupted(context: &Context, row: &ActionRow) -> Result<(), store::Error> {
    let end = interruption(context, row);
    context.settings.store.finish(row, &end).await.map(drop)
}

/// Stores that the code which ran the attempt panicked; returns the actions
/// that end with it.
pub(super) async fn panicked(context: &Context, row: &ActionRow) -> Vec<ActionRow> {
    let failure = Failure {
        code: "Internal".to_owned(),
        message: "the control plane failed while it ran the attempt; its log says why".to_owned(),
        kind: ErrorKind::SYSTEM,
        recoverable: false,
    };
    let end = failed(context, row, ActionPhase::ACTION_PHASE_FAILED, failure);
    keep(context, row, &end).await
}

/// Tries until it is stored: nothing else would ever end the action. What is
/// not stored when we stop counts as interrupted at the next start.
async fn keep(context: &Context, row: &ActionRow, end: &End) -> Vec<ActionRow> {
    loop {
        match context.settings.store.finish(row, end).await {
            Ok(orphans) => return orphans,
            Err(error) => log(row, &error),
        }
        tokio::select! {
            () = context.stopping.cancelled() => return Vec::new(),
            () = sleep(STORE_PAUSE) => {}
        }
    }
}

fn failed(context: &Context, row: &ActionRow, phase: ActionPhase, failure: Failure) -> End {
    let due = failure
        .recoverable
        .then(|| retry::due(row, context.settings.store.now()))
        .flatten();
    let error = Box::new(error(context, failure));
    match due {
        Some(not_before) => End::Retry {
            phase,
            error,
            not_before,
        },
        None => End::Failed { phase, error },
    }
}

fn interruption(context: &Context, row: &ActionRow) -> End {
    let failure = Failure {
        code: "Interrupted".to_owned(),
        message: format!(
            "the control plane stopped during attempt {}; start the run again, or declare retries",
            row.attempts
        ),
        kind: ErrorKind::SYSTEM,
        recoverable: true,
    };
    failed(context, row, ActionPhase::ACTION_PHASE_FAILED, failure)
}

fn error(context: &Context, failure: Failure) -> ExecutionError {
    let recoverability = if failure.recoverable {
        container_error::Kind::RECOVERABLE
    } else {
        container_error::Kind::NON_RECOVERABLE
    };
    ExecutionError {
        code: failure.code,
        message: failure.message,
        kind: failure.kind.into(),
        timestamp: wire::time(context.settings.store.now()).into(),
        recoverability: recoverability.into(),
        ..Default::default()
    }
}

fn timed_out(row: &ActionRow) -> Failure {
    Failure {
        code: "TaskTimedOut".to_owned(),
        message: format!(
            "attempt {} ran longer than the task's timeout",
            row.attempts
        ),
        kind: ErrorKind::USER,
        recoverable: true,
    }
}

fn log(row: &ActionRow, error: &store::Error) {
    tracing::error!(
        run.name = row.run,
        action.name = row.name,
        error = error as &dyn std::error::Error,
        "the end of an attempt could not be stored; trying again"
    );
}
