//! One bad configuration, how it is tried, and what must be said about it.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{bad, bad_hooks};
use crate::program::bare;

pub(super) const SECRET: &str = "canary-5e93c1";

/// When to stop a program that does not refuse.
const LONGEST: Duration = Duration::from_secs(5);

/// What the program is given, and what it must say.
pub(super) struct Case {
    pub(super) file: Option<&'static str>,
    pub(super) variable: Option<(&'static str, &'static str)>,
    pub(super) flag: Option<(&'static str, &'static str)>,
    /// The beginning of the one line.
    pub(super) place: String,
    pub(super) says: &'static str,
}

/// What the program did.
#[derive(Clone)]
pub(super) struct Outcome {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

pub(super) fn prefix(place: &str, key: &str) -> String {
    let colon = if key.is_empty() { "" } else { ": " };
    format!("{place}: {key}{colon}")
}

pub(super) fn cases() -> Vec<Case> {
    let none = || Case {
        file: None,
        variable: None,
        flag: None,
        place: String::new(),
        says: "",
    };
    let files = bad::FILES.iter().chain(bad_hooks::FILES);
    let files = files.map(|&(text, place, key, says)| Case {
        file: Some(text),
        place: prefix(&format!("bad.yaml:{place}"), key),
        says,
        ..none()
    });
    let variables = bad::VARIABLES.iter().map(|&(name, value, key, says)| {
        // What is no name is cut, since a line break would make two lines.
        let shown = name.replace("\nB", "…");
        Case {
            variable: Some((name, value)),
            place: prefix(&format!("${shown}"), key),
            says,
            ..none()
        }
    });
    let flags = bad::FLAGS.iter().map(|&(flag, value, key, says)| Case {
        flag: Some((flag, value)),
        place: prefix(flag, key),
        says,
        ..none()
    });
    files.chain(variables).chain(flags).collect()
}

impl Case {
    pub(super) fn name(&self) -> String {
        format!("{:?} {:?} {:?}", self.file, self.variable, self.flag)
    }

    /// Runs a command in a folder of its own with a valid configuration but for this case.
    pub(super) fn run(&self, folder: &Path, arguments: &[&str]) -> Outcome {
        let mut command = program(folder);
        command.args(arguments);
        if let Some(text) = self.file {
            fs::write(folder.join("bad.yaml"), text).unwrap();
            command.args(["--config", "bad.yaml"]);
        }
        if let Some((name, value)) = self.variable {
            command.env(name, value);
        }
        if let Some((flag, value)) = self.flag {
            command.args([flag, value]);
        }
        bounded(&mut command)
    }

    /// Everything wrong with how the program dealt with this case.
    pub(super) fn complaints(&self, outcome: &Outcome) -> Vec<&'static str> {
        let Outcome {
            code,
            stdout,
            stderr,
            took,
        } = outcome;
        let line = stderr.strip_suffix('\n').unwrap_or(stderr);
        let all = format!("{stdout}{stderr}");
        let expectations = [
            (*code == Some(78), "exit code"),
            (*took < Duration::from_secs(1), "slow"),
            (stdout.is_empty(), "says something on stdout"),
            (!line.contains('\n'), "more than one line"),
            (line.starts_with(&self.place), "place or key"),
            (line.contains(self.says), "message"),
            (!all.contains(SECRET), "secret"),
        ];
        let broken = expectations.into_iter().filter(|(good, _)| !good);
        broken.map(|(_, complaint)| complaint).collect()
    }
}

impl Outcome {
    pub(super) fn of(output: &Output, took: Duration) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took,
        }
    }
}

/// Runs a program that may go on for ever where it should refuse to start.
fn bounded(command: &mut Command) -> Outcome {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    while child.try_wait().unwrap().is_none() && start.elapsed() < LONGEST {
        thread::sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    // An error says that it has ended.
    let _ = child.kill();
    Outcome::of(&child.wait_with_output().unwrap(), took)
}

/// What a program does that takes any YAML and reads the keys it knows.
pub(super) fn lenient(case: &Case) -> Outcome {
    let read = serde_saphyr::from_str::<serde_json::Value>(case.file.unwrap_or("{}"));
    let (code, stderr) = match read {
        Ok(_) => (0, String::new()),
        Err(error) => (78, format!("{error}\n")),
    };
    Outcome {
        code: Some(code),
        stdout: String::new(),
        stderr,
        took: Duration::ZERO,
    }
}

/// The program with a platform's environment and a secret in it.
pub(super) fn program(folder: &Path) -> Command {
    let mut command = bare();
    command
        .current_dir(folder)
        .env("_U_EP_OVERRIDE", "https://cp.example.com")
        .env("FLYTE_INTERNAL_EXECUTION_PROJECT", "site")
        .env("FLYTE_INTERNAL_EXECUTION_DOMAIN", "production")
        .env("SECRET", SECRET);
    command
}
