//! R09: no path and no query change where a call goes: coverage-guided inputs to
//! the function that puts them together, under a sanitizer.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use tokio::process::Command;

use crate::{Size, verdict::Verdict};

const INPUTS: usize = 10_000_000;
/// As many must be enough to find a mistake that is there.
const NAIVE_INPUTS: usize = 1_000_000;
/// Every trick fits, and short inputs are quick.
const LONGEST: &str = "128";

pub(crate) async fn run(size: Size) -> Verdict {
    let inputs = size.of(INPUTS);
    let naive = fuzz(NAIVE_INPUTS, "naive").await;
    let started = Instant::now();
    let output = fuzz(inputs, "").await;
    let took = Duration::from_secs(started.elapsed().as_secs());
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let executed = executed(&log);
    let mut complaints = Vec::new();
    if !output.status.success() {
        let (at, _) = log.char_indices().rev().nth(900).unwrap_or_default();
        complaints.push(log[at..].to_owned());
    }
    Verdict::new(
        format!("found={},inputs={executed},took={took:?}", complaints.len()),
        complaints,
    )
    .require(executed >= inputs, "all inputs")
    .with_control(
        !naive.status.success() && String::from_utf8_lossy(&naive.stderr).contains("panicked"),
        "a function that writes one after the other",
    )
}

async fn fuzz(inputs: usize, features: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/run.sh");
    let mut command = Command::new(script);
    command
        .args([format!("{inputs}x"), "app_url".to_owned()])
        .env("SANITIZER", "address")
        .env("FEATURES", features)
        .env("LONGEST", LONGEST)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.output().await.unwrap()
}

/// What the fuzzer says at its end.
fn executed(log: &str) -> usize {
    let line = log
        .lines()
        .find(|line| line.starts_with("stat::number_of_executed_units"));
    let number = line.and_then(|line| line.split_whitespace().last()?.parse().ok());
    number.unwrap_or_default()
}
