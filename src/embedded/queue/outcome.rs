//! From how an attempt ended to how its action goes on.

use flyte_idl::flyteidl2::{
    common::ActionPhase,
    core::{ExecutionError, container_error, execution_error::ErrorKind},
};

use super::{Context, retry};
use crate::embedded::{
    executor::{Failure, Outcome},
    store::{self, actions::ActionRow, finish::End},
    wire,
};

/// Stores the end of an attempt.
pub(super) async fn settle(context: &Context, row: &ActionRow, outcome: Outcome) {
    let result = match outcome {
        Outcome::Succeeded { output_uri, .. } => {
            finish(
                context,
                row,
                &End::Succeeded {
                    output_uri: &output_uri,
                },
            )
            .await
        }
        Outcome::Failed(failure) => {
            let recoverable = failure.recoverable;
            let error = error(context, failure);
            failed(
                context,
                row,
                ActionPhase::ACTION_PHASE_FAILED,
                &error,
                recoverable,
            )
            .await
        }
        Outcome::TimedOut => {
            let error = error(context, timed_out(row));
            failed(
                context,
                row,
                ActionPhase::ACTION_PHASE_TIMED_OUT,
                &error,
                true,
            )
            .await
        }
        // An abort by a caller is stored already and stays; else we are stopping.
        Outcome::Aborted => return interrupted(context, row).await,
    };
    log(row, result);
}

/// Stores that an attempt ended with the process that ran it.
pub(super) async fn interrupted(context: &Context, row: &ActionRow) {
    let failure = Failure {
        code: "Interrupted".to_owned(),
        message: format!(
            "the control plane stopped during attempt {}; start the run again, or declare retries",
            row.attempts
        ),
        kind: ErrorKind::SYSTEM,
        recoverable: true,
    };
    let error = error(context, failure);
    let result = failed(context, row, ActionPhase::ACTION_PHASE_FAILED, &error, true).await;
    log(row, result);
}

/// Stores that the code which ran the attempt panicked.
pub(super) async fn panicked(context: &Context, row: &ActionRow) {
    let failure = Failure {
        code: "Internal".to_owned(),
        message: "the control plane failed while it ran the attempt; its log says why".to_owned(),
        kind: ErrorKind::SYSTEM,
        recoverable: false,
    };
    let error = error(context, failure);
    let result = failed(
        context,
        row,
        ActionPhase::ACTION_PHASE_FAILED,
        &error,
        false,
    )
    .await;
    log(row, result);
}

async fn failed(
    context: &Context,
    row: &ActionRow,
    phase: ActionPhase,
    error: &ExecutionError,
    recoverable: bool,
) -> Result<(), store::Error> {
    let pause = if recoverable { retry::pause(row) } else { None };
    let end = match pause {
        Some(pause) => End::Retry {
            phase,
            error,
            not_before: context.settings.store.now().saturating_add(pause),
        },
        None => End::Failed { phase, error },
    };
    finish(context, row, &end).await
}

async fn finish(context: &Context, row: &ActionRow, end: &End<'_>) -> Result<(), store::Error> {
    let store = &context.settings.store;
    let last = !matches!(end, End::Retry { .. });
    if store.finish(row, end).await? && last {
        let orphans = store.abort_below(&row.key()).await?;
        if !orphans.is_empty() {
            context.queue.abort(&orphans).await;
        }
    }
    Ok(())
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

fn log(row: &ActionRow, result: Result<(), store::Error>) {
    if let Err(error) = result {
        tracing::error!(
            run.name = row.run,
            action.name = row.name,
            error = &error as &dyn std::error::Error,
            "the end of an attempt could not be stored"
        );
    }
}
