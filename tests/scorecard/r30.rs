//! R30: a control plane that fails one call in ten. Reads succeed all the same,
//! those whom no fault befalls do not notice, and no storm comes of it.

use std::time::Duration;

use crate::{
    Size,
    flaky::{Flaky, Mood},
    harness::allow_many_connections,
    load::{self, Load, Sample, quantile},
    program::Program,
    verdict::Verdict,
};

/// How many calls the control plane answers at once, and in what time.
const ROOM: usize = 16;
const TIME: Duration = Duration::from_millis(10);
const CLIENTS: usize = 256;
/// Seconds of each kind, in turns of as many.
const SECONDS: usize = 60;
const TURN: Duration = Duration::from_secs(2);
const WARMING: Duration = Duration::from_secs(2);

const SUCCEED: f64 = 0.999;
const CLEAN: f64 = 1.2;
const CALLS: f64 = 1.2;
/// Requests while all calls fail.
const STORM: usize = 2_000;

const QUIET: &str = "telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
const NO_RETRIES: &str =
    "limits: {retry_percent: 0}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
const CLOSED: &str =
    "limits: {circuit_failures: 0}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
const STORMY: &str = "limits: {circuit_failures: 0, retry_percent: 100}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

/// What came of some time at half capacity.
struct Seen {
    succeeded: f64,
    /// The slowest of a hundred without a fault, in good turns and in bad ones.
    clean: (Duration, Duration),
    calls: f64,
}

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let seconds = size.of(SECONDS);
    let seen = observe(QUIET, seconds).await;
    let without = observe(NO_RETRIES, seconds.div_ceil(10)).await;
    let (storm, stormy) = (storm_of(CLOSED).await, storm_of(STORMY).await);
    let (good, bad) = seen.clean;
    let value = format!(
        "succeed={:.4}%,clean={}us,before={}us,calls={:.3}x,down={storm:.3}x",
        seen.succeeded * 100.0,
        bad.as_micros(),
        good.as_micros(),
        seen.calls,
    );
    Verdict::new(value, Vec::new())
        .require(seen.succeeded >= SUCCEED, "99.9 % of reads succeed")
        .require(
            bad <= good.mul_f64(CLEAN),
            "requests without a fault take 1.2 times the time at most",
        )
        .require(seen.calls <= CALLS, "1.2 times as many calls at most")
        .require(storm <= CALLS, "nor when all of them fail")
        .with_control(without.succeeded < SUCCEED, "a server that never repeats")
        .with_control(stormy > CALLS, "a server that always repeats")
}

/// Asks at half of what can be answered, in good turns and bad.
async fn observe(yaml: &str, seconds: usize) -> Seen {
    let neighbour = Flaky::start(ROOM, TIME, 10_000_000).await;
    let program = Program::serve(&neighbour.endpoint, yaml).await;
    let load = Load::new(program.address, ROOM, load::one);
    let answered = load.during(WARMING).await.len();
    let rate = f64::from(u32::try_from(answered).unwrap()) / WARMING.as_secs_f64() / 2.0;
    let load = load.with(CLIENTS);
    let (mut good, mut bad, mut calls) = (Vec::new(), Vec::new(), 0);
    let turns = seconds.div_ceil(usize::try_from(TURN.as_secs()).unwrap());
    for _ in 0..turns.max(2) {
        neighbour.set(Mood::Well);
        good.extend(load.paced(rate, TURN).await);
        neighbour.set(Mood::Tenth);
        let before = neighbour.calls();
        bad.extend(load.paced(rate, TURN).await);
        calls += neighbour.calls() - before;
    }
    let count = |samples: usize| f64::from(u32::try_from(samples).unwrap());
    let succeeded = bad.iter().filter(|sample| sample.is_good()).count();
    let untouched = |sample: &&Sample| !neighbour.has_touched(sample.number);
    Seen {
        succeeded: count(succeeded) / count(bad.len()),
        clean: (
            quantile(good.iter(), 0.99),
            quantile(bad.iter().filter(untouched), 0.99),
        ),
        calls: f64::from(u32::try_from(calls).unwrap()) / count(bad.len()),
    }
}

/// How many calls are made for a request while all of them fail, beside those
/// retries that are there at first.
async fn storm_of(yaml: &str) -> f64 {
    const AT_FIRST: u64 = 10;
    let neighbour = Flaky::start(ROOM, Duration::ZERO, 0).await;
    neighbour.set(Mood::Down);
    let program = Program::serve(&neighbour.endpoint, yaml).await;
    let load = Load::new(program.address, ROOM, load::one);
    load.requests(STORM).await;
    let calls = u32::try_from(neighbour.calls() - AT_FIRST).unwrap();
    f64::from(calls) / f64::from(u32::try_from(STORM).unwrap())
}
