//! R32: five times as much is asked as can be answered. As much as before is
//! answered in time, the rest is refused at once, and nothing stays behind.

use std::time::Duration;

use crate::{
    Size,
    flaky::Flaky,
    harness::allow_many_connections,
    load::{self, Load, Sample, quantile},
    program::Program,
    verdict::Verdict,
};

/// How many calls the control plane answers at once, and in what time.
const ROOM: usize = 32;
const TIME: Duration = Duration::from_millis(100);
/// An answer that comes later is of no use to anybody.
const USEFUL: Duration = Duration::from_millis(400);
const CLIENTS: usize = 512;
const OVERLOAD: f64 = 5.0;
const SECONDS: usize = 60;
const MEASURED: Duration = Duration::from_secs(3);

const GOODPUT: f64 = 0.9;
const REFUSED: Duration = Duration::from_millis(50);
const GROWTH_KIB: u64 = 16 << 10;
/// How much slower all may be, once it is over.
const AFTER: f64 = 2.0;

const SHEDS: &str = "limits: {max_requests_in_flight: 32}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
const QUEUES: &str = "limits: {max_requests_in_flight: 100000}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

struct Seen {
    /// Answers a second that came in time, before and during.
    peak: f64,
    goodput: f64,
    refused: Duration,
    before: Duration,
    after: Duration,
    growth: u64,
    complaints: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let time = Duration::from_secs(size.of(SECONDS) as u64);
    let seen = observe(SHEDS, time).await;
    let queues = observe(QUEUES, MEASURED).await;
    let part = |seen: &Seen| seen.goodput / seen.peak;
    let value = format!(
        "goodput={:.1}%of{:.0}/s,refused={}us,before={}us,after={}us,growth={}KiB,queueing={:.1}%",
        part(&seen) * 100.0,
        seen.peak,
        seen.refused.as_micros(),
        seen.before.as_micros(),
        seen.after.as_micros(),
        seen.growth,
        part(&queues) * 100.0,
    );
    let caught = part(&queues) < GOODPUT;
    Verdict::new(value, seen.complaints)
        .require(seen.goodput >= seen.peak * GOODPUT, "90 % of the peak")
        .require(
            seen.refused <= REFUSED,
            "who is refused waits 50 ms at most",
        )
        .require(seen.growth <= GROWTH_KIB, "at most 16 MiB more memory")
        .require(
            seen.after <= seen.before.mul_f64(AFTER),
            "as before, when it is over",
        )
        .with_control(caught, "a server that lets all of them in")
}

async fn observe(yaml: &str, time: Duration) -> Seen {
    let neighbour = Flaky::start(ROOM, TIME, 0).await;
    let program = Program::serve(&neighbour.endpoint, yaml).await;
    let full = Load::new(program.address, ROOM, load::each);
    full.during(MEASURED / 3).await;
    let peak = goodput(&full.during(MEASURED).await, MEASURED);
    let crowd = full.with(CLIENTS);
    // What so many connections need for good is no growth.
    crowd.paced(peak * OVERLOAD, MEASURED / 3).await;
    let before = quantile(half(&full, peak).await.iter(), 0.99);
    let memory = program.memory();
    program.forget_peak();
    let during = crowd.paced(peak * OVERLOAD, time).await;
    let after = quantile(half(&full, peak).await.iter(), 0.99);
    let growth = program.peak_memory().saturating_sub(memory);
    let refused = || during.iter().filter(|sample| !sample.is_good());
    Seen {
        peak,
        goodput: goodput(&during, time),
        refused: match refused().count() {
            0 => Duration::ZERO,
            _ => quantile(refused(), 0.99),
        },
        before,
        after,
        growth,
        complaints: refused().filter_map(Sample::complaint).collect(),
    }
}

/// Asks half of what can be answered.
async fn half(load: &Load, peak: f64) -> Vec<Sample> {
    load.paced(peak / 2.0, MEASURED).await
}

fn goodput(samples: &[Sample], time: Duration) -> f64 {
    let useful = samples
        .iter()
        .filter(|it| it.is_good() && it.took <= USEFUL);
    f64::from(u32::try_from(useful.count()).unwrap()) / time.as_secs_f64()
}
