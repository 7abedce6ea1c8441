//! Runs one attempt of an action on this machine.
//!
//! The container image of a task is ignored: its command starts as a local process, in a directory
//! and a process group of its own, with the environment that the SDK's `a0` reads and nothing of
//! the server's own environment but what [`HostEnvironment`] lets through. Tasks of type `demo`
//! run inside the server.
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
//! | `checkpoint_prefix` | a directory | created here |
//! | `previous_checkpoint` | a directory or empty | empty on the first attempt |
//!
//! With local locations `File.from_local` of the SDK does not copy: its result names the file where
//! the task left it. The attempt's directory must therefore outlive the run.

mod command;
mod environment;
mod literals;
mod log;
mod process;
mod template;
mod tree;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use flyte_idl::flyteidl2::core::TaskTemplate;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::task::NamedLiteral;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use environment::HostEnvironment;
pub use log::LOG_FILE;

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
    /// The directory that receives this attempt's checkpoint.
    pub checkpoint_prefix: String,
    /// The checkpoint of the attempt before, or empty.
    pub previous_checkpoint: String,
    /// When the run started; the same for every attempt.
    pub start_time: jiff::Timestamp,
    /// Where the process finds the control plane.
    pub control_plane: SocketAddr,
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
