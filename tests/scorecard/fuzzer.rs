//! Fuzz targets under a sanitizer, and what they say at their end.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use tokio::process::Command;

use crate::verdict::Verdict;

/// As many must be enough to find a mistake that is there.
const NAIVE_INPUTS: usize = 1_000_000;

/// What came of targets that ran.
pub(crate) struct Fuzzed {
    log: String,
    /// The end of the log, where something was found.
    pub(crate) findings: Vec<String>,
}

impl Fuzzed {
    /// Runs these targets, or all where there are none, with so many inputs each,
    /// none longer than this.
    pub(crate) async fn run(inputs: usize, targets: &[&str], longest: usize) -> Self {
        let output = fuzz(inputs, targets, longest, "").await;
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut findings = Vec::new();
        if !output.status.success() {
            let (at, _) = log.char_indices().rev().nth(900).unwrap_or_default();
            findings.push(log[at..].to_owned());
        }
        Self { log, findings }
    }

    /// What each target says under this name.
    pub(crate) fn figures(&self, name: &str) -> Vec<usize> {
        let lines = self.log.lines().filter(|line| line.starts_with(name));
        let numbers = lines.filter_map(|line| line.split_whitespace().last()?.parse().ok());
        numbers.collect()
    }

    /// How many inputs each target has had.
    pub(crate) fn executed(&self) -> Vec<usize> {
        self.figures("stat::number_of_executed_units")
    }
}

/// Demands that functions are found out that put a URL together as one might.
pub(crate) async fn with_naive_control(
    verdict: Verdict,
    targets: &[&str],
    longest: usize,
) -> Verdict {
    let mut verdict = verdict;
    for target in targets {
        let naive = fuzz(NAIVE_INPUTS, &[target], longest, "naive").await;
        let panicked = String::from_utf8_lossy(&naive.stderr).contains("panicked");
        verdict = verdict.with_control(
            !naive.status.success() && panicked,
            "a function that writes one after the other",
        );
    }
    verdict
}

async fn fuzz(inputs: usize, targets: &[&str], longest: usize, features: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/run.sh");
    let mut command = Command::new(script);
    command
        .arg(format!("{inputs}x"))
        .args(targets)
        .env("SANITIZER", "address")
        .env("FEATURES", features)
        .env("LONGEST", longest.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.output().await.unwrap()
}
