//! From a task's container to a program, its arguments and its environment.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flyte_idl::flyteidl2::core::__buffa::oneof::task_template::Target;
use flyte_idl::flyteidl2::core::{Container, TaskTemplate};

use super::{Attempt, environment, literals, template};

/// The variables a command may use; `inputs` stands for one variable an input.
const VARIABLES: [&str; 10] = [
    "input",
    "outputPrefix",
    "rawOutputDataPrefix",
    "checkpointOutputPrefix",
    "prevCheckpointPrefix",
    "runName",
    "actionName",
    "runStartTime",
    "attempt",
    "inputs.<name>",
];

/// Why a task has no command that can start here.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "the task's type is `{task_type}` and it has no container; the embedded control plane runs containers as local processes, and tasks of type `demo`"
    )]
    NoContainer { task_type: String },
    #[error("the task's container has neither command nor arguments; give it a command")]
    Empty,
    #[error(transparent)]
    Template(#[from] template::Error),
    #[error("the command contains a NUL character, which no process can receive")]
    Nul,
    #[error(
        "`a0`, the entry point of the Flyte SDK, is not on the PATH of the server; install it with `pip install flyte=={version}` in a virtualenv and start the server inside that virtualenv"
    )]
    NoSdk { version: String },
    #[error(
        "the program `{program}` is not on this machine's PATH; the container image is not used here, so install it, or start the server with a PATH that has it"
    )]
    NoProgram { program: String },
}

/// A process that is ready to start.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) directory: PathBuf,
    /// Value of [`environment::MARK`].
    pub(super) mark: String,
}

/// Prepares the command of `attempt` for its working directory.
pub(super) fn launch(attempt: &Attempt, directory: PathBuf) -> Result<Launch, Error> {
    let container = container(&attempt.template)?;
    let mut words = words(attempt, container)?;
    if words.is_empty() {
        return Err(Error::Empty);
    }
    let variables = environment::variables(attempt, container);
    let path = variables.get("PATH").map_or("", String::as_str);
    let program = find(&words.remove(0), path, &directory, &attempt.template)?;
    Ok(Launch {
        program,
        args: words,
        variables,
        directory,
        mark: attempt.directory.display().to_string(),
    })
}

/// Prepares words that are taken as they are.
pub(super) fn plain(
    mut words: Vec<String>,
    variables: BTreeMap<String, String>,
    directory: PathBuf,
    mark: String,
) -> Result<Launch, Error> {
    if words.is_empty() {
        return Err(Error::Empty);
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err(Error::Nul);
    }
    let name = words.remove(0);
    let path = variables.get("PATH").map_or("", String::as_str);
    let program = locate(&name, path, &directory).ok_or(Error::NoProgram { program: name })?;
    Ok(Launch {
        program,
        args: words,
        variables,
        directory,
        mark,
    })
}

fn container(template: &TaskTemplate) -> Result<&Container, Error> {
    match &template.target {
        Some(Target::Container(container)) => Ok(container),
        Some(Target::K8sPod(_) | Target::Sql(_)) | None => Err(Error::NoContainer {
            task_type: template.r#type.clone(),
        }),
    }
}

fn words(attempt: &Attempt, container: &Container) -> Result<Vec<String>, Error> {
    let words = container.command.iter().chain(&container.args);
    words
        .map(|word| {
            let word = template::render(word, |name| variable(attempt, name), &VARIABLES)?;
            if word.contains('\0') {
                Err(Error::Nul)
            } else {
                Ok(word)
            }
        })
        .collect()
}

/// Flyte matches these names without regard to case.
fn variable(attempt: &Attempt, name: &str) -> Option<String> {
    let value = match name.to_ascii_lowercase().as_str() {
        "input" => &attempt.input,
        "outputprefix" => &attempt.output_prefix,
        "rawoutputdataprefix" => &attempt.raw_data_prefix,
        "checkpointoutputprefix" => &attempt.checkpoint_prefix,
        "prevcheckpointprefix" => &attempt.previous_checkpoint,
        "runname" => &attempt.run,
        "actionname" => &attempt.action,
        // Six digits: what Python's `fromisoformat` takes in every version.
        "runstarttime" => &format!("{:.6}", attempt.start_time),
        "attempt" => &attempt.attempt.to_string(),
        other if other.starts_with("inputs.") => {
            return literals::text(&attempt.inputs, name.get("inputs.".len()..)?);
        }
        _ => return None,
    };
    Some(value.clone())
}

/// Resolves the program as the process itself would, to say clearly when it is not there.
fn find(
    program: &str,
    path: &str,
    directory: &Path,
    template: &TaskTemplate,
) -> Result<PathBuf, Error> {
    locate(program, path, directory).ok_or_else(|| missing(program, template))
}

/// The file that a program's name stands for.
fn locate(program: &str, path: &str, directory: &Path) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(directory.join(program)).filter(|file| executable(file));
    }
    let directories = std::env::split_paths(OsStr::new(path));
    directories
        .map(|entry| directory.join(entry).join(program))
        .find(|file| executable(file))
}

fn executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

fn missing(program: &str, template: &TaskTemplate) -> Error {
    if program != "a0" {
        return Error::NoProgram {
            program: program.to_owned(),
        };
    }
    // The version that serialised the task understands the arguments it wrote.
    let version = &template.metadata.runtime.version;
    let version = if version.is_empty() {
        "2.12.1"
    } else {
        version
    };
    Error::NoSdk {
        version: version.to_owned(),
    }
}
