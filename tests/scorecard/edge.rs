//! EDGE: all that strangers can do to a connection, at once. Health checks and
//! valid traffic go on, and are hardly slower than beside as many requests that
//! do no harm.

mod attack;
mod cores;

use std::{net::SocketAddr, time::Duration};

use tokio::{
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use crate::{
    Size,
    flaky::Flaky,
    harness::allow_many_connections,
    latency::{HEALTH, health},
    load::{self, Load, Sample},
    program::Program,
    verdict::Verdict,
    wire::Connection,
};
use attack::Attack;
use cores::Cores;

/// How long there is an attack.
const SECONDS: usize = 30;
/// Attack and peace take turns, so that both have the machine at its best and
/// at its worst.
const TURNS: usize = 3;
const CLIENTS: usize = 32;
/// What has to be left of the traffic.
const PART: f64 = 0.8;
const BETWEEN_CHECKS: Duration = Duration::from_millis(20);
const QUICK: Duration = Duration::from_secs(1);
/// Enough for the negative control.
const ATTACK: Duration = Duration::from_secs(5);
const OPTIONS: &str =
    "server: {h2c: true}\ntelemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
/// Few places, and who does nothing may keep one.
const PATIENT: &str = "server: {h2c: true, head_timeout: 300s, max_connections: 1000}\n\
    telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let neighbour = Flaky::start(10_000, Duration::ZERO, 0).await;
    let cores = Cores::find();
    cores.start_on_the_first();
    let program = Program::serve(&neighbour.endpoint, OPTIONS).await;
    let patient = Program::serve(&neighbour.endpoint, PATIENT).await;
    cores.stay_on_the_second();
    let seen = observe(program.address, size.of(SECONDS) / TURNS).await;
    let control = is_shut_out(patient.address).await;
    cores.leave();
    let kept = seen.attacked / seen.spared;
    Verdict::new(
        format!(
            "kept={:.1}%,attacked={:.0}/s,spared={:.0}/s,hostile={},harmless={},health={}ms",
            kept * 100.0,
            seen.attacked,
            seen.spared,
            seen.hostile,
            seen.harmless,
            seen.health.as_millis(),
        ),
        seen.complaints,
    )
    .require(kept >= PART, "80 % of the traffic is left")
    .require(seen.health <= QUICK, "health checks go on")
    .require(
        seen.harmless >= seen.hostile * 95 / 100,
        "as many requests do no harm as do",
    )
    .with_control(control, "a server where who does nothing may stay")
}

/// What was seen of valid traffic, in answers a second, and of the rest.
#[derive(Default)]
struct Seen {
    attacked: f64,
    spared: f64,
    hostile: usize,
    harmless: usize,
    health: Duration,
    complaints: Vec<String>,
}

async fn observe(server: SocketAddr, seconds: usize) -> Seen {
    let time = Duration::from_secs(seconds.max(1) as u64);
    let load = Load::new(server, CLIENTS, load::each);
    let mut seen = Seen::default();
    let mut attacked = Vec::new();
    let mut spared = Vec::new();
    load.during(time).await;
    for _ in 0..TURNS {
        let attack = Attack::start(server);
        let (samples, health) = tokio::join!(load.during(time), slowest_check(server, time));
        let hostile = attack.stop().await;
        attacked.extend(samples);
        seen.health = seen.health.max(health);
        seen.hostile += hostile;
        let (samples, harmless, _) = tokio::join!(
            load.during(time),
            harmless(server, hostile, time),
            slowest_check(server, time),
        );
        spared.extend(samples);
        seen.harmless += harmless;
    }
    let all = time.as_secs_f64() * f64::from(u32::try_from(TURNS).unwrap());
    let rate = |samples: &[Sample]| f64::from(u32::try_from(samples.len()).unwrap()) / all;
    seen.attacked = rate(&attacked);
    seen.spared = rate(&spared);
    let wrong = attacked.iter().chain(&spared).filter(|it| !it.is_good());
    seen.complaints = wrong
        .map(|it| format!("answered {} {}", it.status, it.code))
        .collect();
    seen
}

/// How long the slowest of the health checks takes that are made all the time.
async fn slowest_check(server: SocketAddr, time: Duration) -> Duration {
    let mut slowest = Duration::ZERO;
    let _ = timeout(time, async {
        loop {
            slowest = slowest.max(health(server, 1).await);
            sleep(BETWEEN_CHECKS).await;
        }
    })
    .await;
    slowest
}

/// So many health checks in this time, each on a connection of its own; gives how
/// many were answered in it.
async fn harmless(server: SocketAddr, count: usize, time: Duration) -> usize {
    let mut checks = JoinSet::new();
    let mut turns = interval(time / u32::try_from(count).unwrap());
    let _ = timeout(time, async {
        for _ in 0..count {
            turns.tick().await;
            checks.spawn(health(server, 1));
        }
    })
    .await;
    checks.join_all().await.len()
}

/// Whether an attack on this server takes all of its places.
async fn is_shut_out(server: SocketAddr) -> bool {
    let attack = Attack::start(server);
    let shut = timeout(ATTACK, async {
        while is_answered(server).await {
            sleep(BETWEEN_CHECKS).await;
        }
    });
    let is_shut = shut.await.is_ok();
    attack.stop().await;
    is_shut
}

async fn is_answered(server: SocketAddr) -> bool {
    let answered = async { Connection::open(server).await?.ask(HEALTH).await };
    timeout(QUICK, answered).await.is_ok_and(|it| it.is_ok())
}
