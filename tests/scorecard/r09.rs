//! R09: no path and no query change where a call goes: coverage-guided inputs to
//! the function that puts them together, under a sanitizer.

use std::time::{Duration, Instant};

use crate::{
    Size,
    fuzzer::{Fuzzed, with_naive_control},
    verdict::Verdict,
};

const INPUTS: usize = 10_000_000;
/// Every trick fits, and short inputs are quick.
const LONGEST: usize = 128;

pub(crate) async fn run(size: Size) -> Verdict {
    let inputs = size.of(INPUTS);
    let started = Instant::now();
    let fuzzed = Fuzzed::run(inputs, &["app_url"], LONGEST).await;
    let took = Duration::from_secs(started.elapsed().as_secs());
    let executed: usize = fuzzed.executed().iter().sum();
    let found = fuzzed.findings.len();
    let verdict = Verdict::new(
        format!("found={found},inputs={executed},took={took:?}"),
        fuzzed.findings,
    )
    .require(executed >= inputs, "all inputs");
    with_naive_control(verdict, LONGEST).await
}
