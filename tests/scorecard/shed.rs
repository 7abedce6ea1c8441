//! SHED: twice as many at once as there are places for. Who is refused is told
//! properly and at once, who is admitted hardly notices, and no memory is lost.

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::get};

use crate::{
    Size,
    flaky::Flaky,
    harness::allow_many_connections,
    load::{Load, Sample, quantile},
    program::Program,
    stand_in,
    verdict::Verdict,
};

const PLACES: usize = 64;
const REQUESTS: usize = 200_000;
/// How long a call upstream takes.
const TIME: Duration = Duration::from_millis(10);
/// How much slower the slowest of a hundred who are admitted may become.
const RATIO: f64 = 3.0;
const GROWTH_KIB: u64 = 16 << 10;
/// Every fourth client is one and the same caller, who asks too much.
const CONFIGURATION: &str = "limits: {max_requests_in_flight: 64, rate: {caller: 100/1s}}\n\
                             telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let requests = size.of(REQUESTS);
    let neighbour = Flaky::start(10_000, TIME, 0).await;
    let program = Program::serve(&neighbour.endpoint, CONFIGURATION).await;
    let limit = Load::new(program.address, PLACES, name);
    let twice = limit.with(2 * PLACES);
    // What the first of everything needs for good is no growth.
    twice.requests(requests / 20).await;
    let before = program.memory();
    program.forget_peak();
    let at_limit = limit.requests(requests / 4).await;
    let beyond = twice.requests(requests).await;
    let growth = program.peak_memory().saturating_sub(before);
    let (alone, crowded) = (p99(&at_limit), p99(&beyond));
    let refused = |status| beyond.iter().filter(|it| it.status == status).count();
    let (shed, limited) = (refused(503), refused(429));
    let value = format!(
        "requests={},admitted={},503={shed},429={limited},p99={}us,at_limit={}us,growth={}KiB",
        beyond.len(),
        beyond.len() - shed - limited,
        crowded.as_micros(),
        alone.as_micros(),
        growth,
    );
    Verdict::new(value, complaints(&beyond))
        .require(beyond.len() == requests, "all requests are answered")
        .require(
            shed > 0 && limited > 0,
            "some are refused, for either reason",
        )
        .require(
            crowded <= alone.mul_f64(RATIO),
            "those who are admitted are answered in 3 times the time at most",
        )
        .require(growth <= GROWTH_KIB, "at most 16 MiB more memory")
        .with_control(is_caught().await, "refusals without Retry-After")
}

fn name(client: usize) -> String {
    match client % 4 {
        0 => "greedy".to_owned(),
        _ => format!("client-{client}"),
    }
}

fn p99(samples: &[Sample]) -> Duration {
    quantile(samples.iter().filter(|sample| sample.is_good()), 0.99)
}

fn complaints(samples: &[Sample]) -> Vec<String> {
    let wrong = samples.iter().filter(|sample| !sample.is_good());
    wrong.filter_map(Sample::complaint).collect()
}

/// Whether a server is complained of that refuses without a word.
async fn is_caught() -> bool {
    let refuse = || async { (StatusCode::SERVICE_UNAVAILABLE, "{\"code\":\"overloaded\"}") };
    let server = stand_in::serve(Router::new().route("/me", get(refuse))).await;
    let load = Load::new(server, 2, name);
    !complaints(&load.requests(10).await).is_empty()
}
