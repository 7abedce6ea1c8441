//! Runs one attempt of an action on this machine.
//!
//! The container image of a task is ignored: its command starts as a local process, in a directory
//! and a process group of its own, with the environment that the SDK's `a0` reads and nothing of
//! the server's own environment but what [`HostEnvironment`] lets through. Tasks of type `demo`
//! run inside the server; those of type `webhook` go to the connector, where there is one.
//!
//! # Locations
//!
//! `a0` of the SDK opens its locations with fsspec, which accepts an absolute path and `file://`
//! before an absolute path. It never decodes percent escapes: a space is a space in both forms, and
//! so it must be in the native URL of an upload. Anything the task writes is written below these:
//!
//! | field of [`Attempt`] | names | remark |
//! |---|---|---|
//! | `input` | the file `…/inputs.pb` | not its directory; must exist |
//! | `output_prefix` | a directory | one per attempt; created here, because `a0` does not |
//! | `run_base` | a directory | where an action of this run keeps its children |
//! | `raw_data_prefix` | a directory | created here |
//! | `checkpoint_prefix` | a file, `…/_flytecheckpoints` by custom | its directory is created here |
//! | `previous_checkpoint` | such a file or empty | empty on the first attempt |
//!
//! With local locations `File.from_local` of the SDK does not copy: its result names the file where
//! the task left it. The attempt's directory must therefore outlive the run.

mod app;
mod command;
mod connector;
mod environment;
mod literals;
mod log;
mod process;
mod template;
mod tree;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use flyte_idl::flyteidl2::core::TaskTemplate;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::task::NamedLiteral;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(in crate::embedded) use app::App;
pub use environment::HostEnvironment;
pub use log::LOG_FILE;

use literals::Results;
use process::End;

use super::demo;

/// Everything one attempt of an action needs to run.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The run's name.
    pub run: String,
    /// The action's name; the root action of a run is `a0`.
    pub action: String,
    /// Project of the run.
    pub project: String,
    /// Domain of the run.
    pub domain: String,
    /// Organization of the run, possibly empty.
    pub org: String,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// The task to run.
    pub template: TaskTemplate,
    /// Variables of the run, stronger than those of the container.
    pub envs: Vec<(String, String)>,
    /// A directory of this attempt alone: log and working directory.
    pub directory: PathBuf,
    /// The file that holds the inputs.
    pub input: String,
    /// The directory that receives `outputs.pb` or `error.pb`.
    pub output_prefix: String,
    /// The directory below which the run's actions write.
    pub run_base: String,
    /// The directory that receives offloaded data.
    pub raw_data_prefix: String,
    /// The file that receives this attempt's checkpoint.
    pub checkpoint_prefix: String,
    /// The checkpoint of the attempt before, or empty.
    pub previous_checkpoint: String,
    /// When the run started; the same for every attempt.
    pub start_time: jiff::Timestamp,
    /// Where the process finds the control plane.
    pub control_plane: SocketAddr,
    /// Where the connector is, if there is one.
    pub connector: Option<SocketAddr>,
    /// The literals that the file `input` holds.
    pub inputs: Vec<NamedLiteral>,
    /// How long the attempt may run.
    pub timeout: Option<Duration>,
    /// What the process may see of the server's environment.
    pub host: HostEnvironment,
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Directories and command are being prepared.
    Initializing,
    /// The task's own code runs.
    Running,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The task wrote its outputs.
    Succeeded {
        /// What it returned.
        outputs: Vec<NamedLiteral>,
        /// The directory that holds `outputs.pb`, as it was asked for.
        output_uri: String,
    },
    /// The task could not start, raised, or left no outputs.
    Failed(Failure),
    /// The task ran longer than it may.
    TimedOut,
    /// The caller gave it up.
    Aborted,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// A short word: the exception's class, or one of ours.
    pub code: String,
    /// What happened and what to do about it.
    pub message: String,
    /// Whose fault it is.
    pub kind: ErrorKind,
    /// Whether another attempt may succeed.
    pub recoverable: bool,
}

/// Why an attempt came to no result of its own.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Command(#[from] command::Error),
    #[error(transparent)]
    Results(#[from] literals::Error),
    #[error("the process could not be started: {0}")]
    Start(std::io::Error),
    #[error("the process could not be followed to its end: {0}")]
    Follow(std::io::Error),
    #[error("the connector did not do as it was asked: {0}")]
    Connector(connectrpc::ConnectError),
}

/// Runs one attempt to its end.
///
/// Phases are told to `phases`, which needs room for both, as they begin. When `abort` is cancelled,
/// or the returned future dropped, every process of the attempt is killed. What the task printed is
/// in the file [`LOG_FILE`] of the attempt's directory.
pub async fn execute(
    attempt: Attempt,
    phases: mpsc::Sender<Phase>,
    abort: CancellationToken,
) -> Outcome {
    let run = async {
        if attempt.template.r#type == demo::TASK_TYPE {
            in_process(&attempt, &phases, &abort).await
        } else if let Some(address) = attempt.connector() {
            Box::pin(connector::run(address, &attempt, &phases, &abort)).await
        } else {
            as_process(&attempt, &phases, &abort).await
        }
    };
    run.await
        .unwrap_or_else(|error| Outcome::Failed(error.into()))
}

async fn in_process(
    attempt: &Attempt,
    phases: &mpsc::Sender<Phase>,
    abort: &CancellationToken,
) -> Result<Outcome, Error> {
    enter(phases, Phase::Initializing);
    let results = Results::prepare(&attempt.output_prefix).await?;
    enter(phases, Phase::Running);
    let returned = tokio::select! {
        biased;
        () = abort.cancelled() => return Ok(Outcome::Aborted),
        () = process::over(attempt.timeout) => return Ok(Outcome::TimedOut),
        returned = demo::run(&attempt.template, &attempt.inputs) => returned,
    };
    match returned {
        Ok(outputs) => {
            results.write(&outputs).await?;
            Ok(succeeded(attempt, outputs))
        }
        Err(error) => Ok(Outcome::Failed(error.into())),
    }
}

async fn as_process(
    attempt: &Attempt,
    phases: &mpsc::Sender<Phase>,
    abort: &CancellationToken,
) -> Result<Outcome, Error> {
    enter(phases, Phase::Initializing);
    let results = Results::prepare(&attempt.output_prefix).await?;
    let launch = command::launch(attempt, prepare(attempt).await?)?;
    if abort.is_cancelled() {
        return Ok(Outcome::Aborted);
    }
    let process = process::start(&launch).map_err(Error::Start)?;
    enter(phases, Phase::Running);
    let log = attempt.directory.join(LOG_FILE);
    let finished = process.finish(&log, attempt.timeout, abort).await;
    match finished.map_err(Error::Follow)? {
        (End::Aborted, _) => Ok(Outcome::Aborted),
        (End::TimedOut, _) => Ok(Outcome::TimedOut),
        (End::Exited(status), printed) => judge(attempt, &results, status, &printed).await,
    }
}

/// The task's own report comes first: `a0` ends with status 0 after it wrote an `error.pb`.
async fn judge(
    attempt: &Attempt,
    results: &Results,
    status: ExitStatus,
    printed: &str,
) -> Result<Outcome, Error> {
    if let Some(failure) = results.failure().await? {
        return Ok(Outcome::Failed(failure));
    }
    if !status.success() {
        return Ok(Outcome::Failed(Failure::of_status(status, printed)));
    }
    let outputs = results.outputs(&attempt.template.interface).await?;
    Ok(succeeded(attempt, outputs))
}

fn succeeded(attempt: &Attempt, outputs: Vec<NamedLiteral>) -> Outcome {
    let output_uri = attempt.output_prefix.clone();
    Outcome::Succeeded {
        outputs,
        output_uri,
    }
}

/// Creates what the SDK expects to be there and returns the working directory.
async fn prepare(attempt: &Attempt) -> Result<PathBuf, literals::Error> {
    // Not the attempt's directory itself: a task may not overwrite its own log.
    let working = attempt.directory.join("work");
    literals::create(&working).await?;
    for uri in [&attempt.run_base, &attempt.raw_data_prefix] {
        literals::create(&literals::local_path(uri)?).await?;
    }
    let checkpoint = literals::local_path(&attempt.checkpoint_prefix)?;
    if let Some(directory) = checkpoint.parent() {
        literals::create(directory).await?;
    }
    Ok(working)
}

/// Never waits: a caller that does not read must not hold up the attempt, nor its abort.
fn enter(phases: &mpsc::Sender<Phase>, phase: Phase) {
    let _ = phases.try_send(phase);
}

impl Attempt {
    /// Where the connector of this task is, if one performs it.
    fn connector(&self) -> Option<SocketAddr> {
        let is_its = connector::TASK_TYPES.contains(&self.template.r#type.as_str());
        self.connector.filter(|_| is_its)
    }
}

impl Failure {
    /// A process that ended badly and left no report.
    fn of_status(status: ExitStatus, printed: &str) -> Self {
        let (code, ended) = match status.code() {
            Some(code) => ("NonZeroExitCode", format!("exited with code {code}")),
            None => ("Killed", format!("was ended by a signal ({status})")),
        };
        let message = match last_lines(printed) {
            "" => format!("the process {ended} and printed nothing"),
            lines => format!("the process {ended}; the end of its output:\n{lines}"),
        };
        Self {
            code: code.to_owned(),
            message,
            kind: ErrorKind::User,
            recoverable: true,
        }
    }
}

fn last_lines(printed: &str) -> &str {
    const BYTES: usize = 4096;
    let printed = printed.trim_end();
    let start = printed.ceil_char_boundary(printed.len().saturating_sub(BYTES));
    printed.get(start..).unwrap_or_default().trim_start()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        use command::Error as Command;
        use literals::Error as Results;
        let user = (ErrorKind::User, false);
        let system = (ErrorKind::System, true);
        let (code, (kind, recoverable)) = match &error {
            Error::Command(Command::NoContainer { .. }) => ("UnsupportedTask", user),
            Error::Command(Command::Empty | Command::Nul | Command::Template(_)) => {
                ("InvalidCommand", user)
            }
            Error::Command(Command::NoSdk { .. } | Command::NoProgram { .. }) => {
                ("ProgramNotFound", user)
            }
            Error::Results(Results::NoOutputs { .. } | Results::MissingOutputs { .. }) => {
                ("OutputsNotFound", user)
            }
            Error::Results(
                Results::TooLarge { .. } | Results::Malformed { .. } | Results::NoFile { .. },
            ) => ("InvalidOutputs", user),
            Error::Results(Results::NotLocal { .. }) => ("UnsupportedLocation", user),
            Error::Results(Results::Io { .. }) | Error::Start(_) | Error::Follow(_) => {
                ("LocalExecution", system)
            }
            Error::Connector(_) => ("ConnectorFailed", system),
        };
        Self {
            code: code.to_owned(),
            message: error.to_string(),
            kind,
            recoverable,
        }
    }
}
