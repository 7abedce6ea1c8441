//! R09: no path and no query change where a call goes, and no input where a webhook
//! task's request goes: coverage-guided inputs to the functions that put them
//! together, under a sanitizer.

use std::time::{Duration, Instant};

use crate::{
    Size,
    fuzzer::{Fuzzed, with_naive_control},
    verdict::Verdict,
};

const INPUTS: usize = 10_000_000;
/// Of a task every input is tried beside several others.
const TASKS: usize = 5;
/// Every trick fits, and short inputs are quick.
const LONGEST: usize = 128;

pub(crate) async fn run(size: Size) -> Verdict {
    let inputs = size.of(INPUTS);
    let started = Instant::now();
    let fuzzed = Fuzzed::run(inputs, &["app_url"], LONGEST).await;
    let took = Duration::from_secs(started.elapsed().as_secs());
    let executed: usize = fuzzed.executed().iter().sum();
    let tasks = Fuzzed::run(inputs / TASKS, &["template"], LONGEST).await;
    let of_tasks: usize = tasks.executed().iter().sum();
    let found = fuzzed.findings.len() + tasks.findings.len();
    let findings = fuzzed.findings.into_iter().chain(tasks.findings);
    let verdict = Verdict::new(
        format!("found={found},inputs={executed},of_tasks={of_tasks},took={took:?}"),
        findings.collect(),
    )
    .require(executed >= inputs, "all inputs")
    .require(of_tasks >= inputs / TASKS, "all inputs of tasks");
    with_naive_control(verdict, &["app_url", "template"], LONGEST).await
}
