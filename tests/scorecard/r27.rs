//! R27: no bytes from outside bring anything down: every fuzz target, from bytes of
//! a body to bytes on a connection, under a sanitizer.

use crate::{
    Size,
    fuzzer::{Fuzzed, with_naive_control},
    verdict::Verdict,
};

const TARGETS: usize = 10;
const LONGEST: usize = 4096;

pub(crate) async fn run(size: Size) -> Verdict {
    let inputs = match size {
        Size::Full => 1_000_000,
        Size::Small => 10_000,
    };
    let fuzzed = Fuzzed::run(inputs, &[], LONGEST).await;
    let executed = fuzzed.executed();
    let most = |name| fuzzed.figures(name).into_iter().max().unwrap_or_default();
    let slowest = most("stat::slowest_unit_time_sec");
    let peak = most("stat::peak_rss_mb");
    let verdict = Verdict::new(
        format!(
            "found={},targets={},inputs={},slowest={slowest}s,peak={peak}MiB",
            fuzzed.findings.len(),
            executed.len(),
            executed.iter().sum::<usize>(),
        ),
        fuzzed.findings,
    )
    .require(executed.len() >= TARGETS, "so many targets")
    .require(executed.iter().all(|it| *it >= inputs), "all inputs")
    .require(slowest <= 1, "no input that takes longer")
    .require(peak <= 512, "no more memory");
    with_naive_control(verdict, &["app_url"], LONGEST).await
}
