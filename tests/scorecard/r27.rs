//! R27: no bytes from outside bring anything down: every fuzz target, from bytes of
//! a body to bytes on a connection, under a sanitizer.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use tokio::process::Command;

use crate::{Size, verdict::Verdict};

const TARGETS: usize = 10;
const INPUTS: u64 = 1_000_000;
const FEW_INPUTS: u64 = 10_000;
/// As many must be enough to find a mistake that is there.
const NAIVE_INPUTS: u64 = 1_000_000;

pub(crate) async fn run(size: Size) -> Verdict {
    let inputs = match size {
        Size::Full => INPUTS,
        Size::Small => FEW_INPUTS,
    };
    let naive = fuzz(NAIVE_INPUTS, &["app_url"], "naive").await;
    let output = fuzz(inputs, &[], "").await;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let executed = figures(&log, "stat::number_of_executed_units");
    let slowest = figures(&log, "stat::slowest_unit_time_sec");
    let peaks = figures(&log, "stat::peak_rss_mb");
    let most = |figures: &[u64]| figures.iter().max().copied().unwrap_or_default();
    let mut complaints = Vec::new();
    if !output.status.success() {
        let (at, _) = log.char_indices().rev().nth(900).unwrap_or_default();
        complaints.push(log[at..].to_owned());
    }
    Verdict::new(
        format!(
            "found={},targets={},inputs={},slowest={}s,peak={}MiB",
            complaints.len(),
            executed.len(),
            executed.iter().sum::<u64>(),
            most(&slowest),
            most(&peaks),
        ),
        complaints,
    )
    .require(executed.len() >= TARGETS, "so many targets")
    .require(executed.iter().all(|it| *it >= inputs), "all inputs")
    .require(most(&slowest) <= 1, "no input that takes longer")
    .require(most(&peaks) <= 512, "no more memory")
    .with_control(
        !naive.status.success() && String::from_utf8_lossy(&naive.stderr).contains("panicked"),
        "a function that writes one after the other",
    )
}

async fn fuzz(inputs: u64, targets: &[&str], features: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/run.sh");
    let mut command = Command::new(script);
    command
        .arg(format!("{inputs}x"))
        .args(targets)
        .env("SANITIZER", "address")
        .env("FEATURES", features)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.output().await.unwrap()
}

/// What each target's fuzzer says at its end.
fn figures(log: &str, name: &str) -> Vec<u64> {
    let lines = log.lines().filter(|line| line.starts_with(name));
    let numbers = lines.filter_map(|line| line.split_whitespace().last()?.parse().ok());
    numbers.collect()
}
