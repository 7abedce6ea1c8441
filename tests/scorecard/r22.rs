//! R22: slow clients are let go in time, and nobody else notices them.

pub(crate) mod shape;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use futures::future::join_all;
use tokio::time::Instant;

use crate::{
    Size,
    harness::{allow_many_connections, spawn},
    latency::best_health,
    program::Program,
    stand_in,
    verdict::Verdict,
};
use shape::{SHAPES, Shape};

const EACH: usize = 500;
/// By how much others may become slower, and what is within the machine's own
/// changes.
const RATIO: u32 = 2;
const NOISE: Duration = Duration::from_millis(2);
/// More than the connections of all shapes; the timers are as they are by default
/// but for idle connections, which need not be waited for as long here.
const OPTIONS: &str = "server: {h2c: true, max_connections: 16384, keep_alive: 7s}\n";

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let program = Program::serve("http://127.0.0.1:9", OPTIONS).await;
    let before = best_health(program.address).await;
    let held = spawn(hold(program.address, size.of(EACH)));
    let during = best_health(program.address).await;
    let late = held.await.unwrap();
    let patient = Router::new().fallback(async || "");
    let control = hold(stand_in::serve(patient).await, 1).await;
    let slowest = late.iter().map(|(_, took)| *took).max().unwrap_or_default();
    let complaints = late
        .iter()
        .filter(|(shape, took)| *took > shape.within)
        .map(|(shape, took)| format!("{} held on for {took:?}", shape.name));
    Verdict::new(
        format!(
            "slowest={:.1}s,health={}us,before={}us,clients={}",
            slowest.as_secs_f64(),
            during.as_micros(),
            before.as_micros(),
            late.len()
        ),
        complaints.collect(),
    )
    .require(during <= before * RATIO + NOISE, "others are as quick")
    .with_control(
        control.iter().any(|(shape, took)| *took > shape.within),
        "a server without timers",
    )
}

/// So many clients of every shape at once; gives how long each was let.
async fn hold(server: SocketAddr, each: usize) -> Vec<(&'static Shape, Duration)> {
    let clients = SHAPES.iter().flat_map(|shape| {
        (0..each).map(move |_| {
            spawn(async move {
                let started = Instant::now();
                shape.hold(server).await;
                (shape, started.elapsed())
            })
        })
    });
    let held = join_all(clients).await;
    held.into_iter().map(Result::unwrap).collect()
}
