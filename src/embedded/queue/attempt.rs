//! One attempt: what the executor needs, and what it says.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use buffa::Message;
use flyte_idl::flyteidl2::{
    core::{TaskTemplate, execution_error::ErrorKind},
    task::{Inputs, NamedLiteral, RunSpec, TaskSpec},
};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Context, images, outcome, retry};
use crate::embedded::{
    bundle,
    executor::{self, Attempt, Failure, Outcome, Phase},
    objects,
    store::actions::ActionRow,
    wire,
};

/// Runs the attempt and stores how it ended; returns the actions that end with
/// it.
pub(super) async fn run(
    context: Arc<Context>,
    row: ActionRow,
    abort: CancellationToken,
) -> Vec<ActionRow> {
    let outcome = match prepare(&context, &row).await {
        Ok(attempt) => Box::pin(execute(&context, &row, attempt, abort)).await,
        Err(failure) => Outcome::Failed(failure),
    };
    images::record(&context, &row, &outcome).await;
    outcome::settle(&context, &row, outcome).await
}

async fn execute(
    context: &Context,
    row: &ActionRow,
    attempt: Attempt,
    abort: CancellationToken,
) -> Outcome {
    let (sender, receiver) = mpsc::channel(4);
    let execution = executor::execute(attempt, sender, abort);
    let (outcome, ()) = tokio::join!(execution, record_phases(context, row, receiver));
    outcome
}

async fn record_phases(context: &Context, row: &ActionRow, mut phases: mpsc::Receiver<Phase>) {
    while let Some(phase) = phases.recv().await {
        let result = match phase {
            // The claim has recorded it.
            Phase::Initializing => Ok(()),
            Phase::Running => {
                context
                    .settings
                    .store
                    .running(row.id, row.attempts, row.key())
                    .await
            }
        };
        if let Err(error) = result {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a phase could not be stored"
            );
        }
    }
}

async fn prepare(context: &Context, row: &ActionRow) -> Result<Attempt, Failure> {
    let spec: TaskSpec = decode("task", &row.spec)?;
    let run: RunSpec = decode("run", &row.run_spec)?;
    let template = spec.task_template.into_option().unwrap_or_default();
    bundle::check(&template)
        .map_err(|missing| failure("CodeBundleMissing", missing.to_string()))?;
    let places = Places::of(context, row, &run)?;
    Ok(Attempt {
        run: row.run.clone(),
        action: row.name.clone(),
        project: row.project.clone(),
        domain: row.domain.clone(),
        org: row.org.clone(),
        attempt: row.attempts,
        timeout: timeout(&template, row, context.settings.store.now()),
        template,
        envs: environment(&run),
        inputs: read_inputs(&places.input).await?,
        directory: places.directory,
        input: places.input,
        output_prefix: places.output,
        run_base: row.run_base.clone(),
        raw_data_prefix: places.raw_data,
        checkpoint_prefix: places.checkpoint,
        previous_checkpoint: places.previous_checkpoint,
        start_time: start_time(&run, row),
        control_plane: context.settings.control_plane,
        connector: context.settings.connector,
        host: context.settings.host.clone(),
    })
}

/// Where an attempt reads and writes.
struct Places {
    directory: PathBuf,
    input: String,
    output: String,
    raw_data: String,
    checkpoint: String,
    previous_checkpoint: String,
}

impl Places {
    fn of(context: &Context, row: &ActionRow, run: &RunSpec) -> Result<Self, Failure> {
        let directory =
            objects::attempt_directory(&context.settings.layout, &row.key(), row.attempts)
                .map_err(|error| failure("InvalidName", error.to_string()))?;
        let output = objects::output_prefix(&row.run_base, &row.name, row.attempts);
        let checkpoint = |prefix: &str| format!("{prefix}/_flytecheckpoints");
        let previous_checkpoint = match row.attempts {
            0 | 1 => String::new(),
            attempt => checkpoint(&objects::output_prefix(
                &row.run_base,
                &row.name,
                attempt - 1,
            )),
        };
        let raw_data = match run.raw_data_storage.raw_data_prefix.trim_end_matches('/') {
            "" => format!("{output}/raw"),
            prefix => format!("{prefix}/{}/{}/{}", row.run, row.name, row.attempts),
        };
        Ok(Self {
            directory,
            input: objects::input_file(&row.input_uri),
            raw_data,
            checkpoint: checkpoint(&output),
            output,
            previous_checkpoint,
        })
    }
}

fn environment(run: &RunSpec) -> Vec<(String, String)> {
    let pairs = run.envs.values.iter();
    pairs
        .map(|pair| (pair.key.clone(), pair.value.clone()))
        .collect()
}

async fn read_inputs(uri: &str) -> Result<Vec<NamedLiteral>, Failure> {
    let unreadable = |error: objects::Error| {
        failure(
            "InputsUnreadable",
            format!("the inputs cannot be read: {error}"),
        )
    };
    let path = objects::path(uri).map_err(unreadable)?;
    let inputs: Inputs = objects::read_message(Path::new(path))
        .await
        .map_err(unreadable)?;
    Ok(inputs.literals)
}

/// The attempt's own limit, or what the action's deadline leaves of it.
fn timeout(template: &TaskTemplate, row: &ActionRow, now: i64) -> Option<Duration> {
    let metadata = &template.metadata;
    let own = metadata.timeout.as_option().and_then(wire::duration);
    let left = |deadline: i64| deadline.saturating_sub(now).max(0).unsigned_abs();
    let left = retry::deadline(template, row).map(|deadline| Duration::from_micros(left(deadline)));
    [own, left].into_iter().flatten().min()
}

fn start_time(run: &RunSpec, row: &ActionRow) -> Timestamp {
    match run.run_start_time.as_option() {
        Some(time) => wire::timestamp(time),
        None => wire::timestamp(&wire::time(row.created_at)),
    }
}

fn decode<M: Message>(what: &str, bytes: &[u8]) -> Result<M, Failure> {
    M::decode_from_slice(bytes).map_err(|error| {
        let message = format!("the stored {what} does not decode, deploy it anew: {error}");
        failure("Unreadable", message)
    })
}

fn failure(code: &str, message: String) -> Failure {
    Failure {
        code: code.to_owned(),
        message,
        kind: ErrorKind::SYSTEM,
        recoverable: false,
    }
}
