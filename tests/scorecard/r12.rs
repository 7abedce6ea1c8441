//! R12: apps that answer with more than anyone can take, or never to the end. A
//! call of such an app ends in time and costs next to no memory.

mod shape;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::future::join_all;
use tokio::net::TcpListener;

use crate::{
    harness::spawn, platform::Platform, program::Program, verdict::Verdict, wire::Connection,
};
use shape::{Shape, shapes};

/// Calls at once.
const PARALLEL: usize = 100;
/// How much more memory may be in use meanwhile.
const GROWTH_KIB: u64 = 16 << 10;
/// How long a call may take, and how much later its end may be seen.
const DEADLINE: Duration = Duration::from_secs(3);
const LATE: Duration = Duration::from_millis(500);
/// All but the deadline is as it is by default; the calls are as if of several
/// apps, which have no limit together.
const OPTIONS: &str =
    "egress: {allow: [127.0.0.0/8]}\ncall_app: {timeout: 3s, max_calls_per_app: 100}\n";

/// For the negative control.
const GENEROUS: &str = "egress: {allow: [127.0.0.0/8]}\n\
    call_app: {timeout: 3s, max_calls_per_app: 100, max_bytes_in_flight: 134217728}\n";

/// What came of all calls of one app.
struct Observation {
    growth: u64,
    slowest: Duration,
    complaints: Vec<String>,
}

pub(crate) async fn run() -> Verdict {
    let platform = Platform::start().await;
    let (mut complaints, mut slowest, mut growth) = (Vec::new(), Duration::ZERO, (0, ""));
    for shape in shapes() {
        let observation = observe(&platform, OPTIONS, &shape).await;
        complaints.extend(observation.complaints);
        slowest = slowest.max(observation.slowest);
        growth = growth.max((observation.growth, shape.name));
    }
    let endless = shapes().into_iter().find(|shape| shape.name == "endless");
    let control = observe(&platform, GENEROUS, &endless.unwrap()).await;
    let (growth, worst) = growth;
    Verdict::new(
        format!(
            "growth={}MiB({worst}),slowest={:.2}s,shapes={}",
            growth.div_ceil(1 << 10),
            slowest.as_secs_f64(),
            shapes().len()
        ),
        complaints,
    )
    .require(growth <= GROWTH_KIB, "at most 16 MiB more memory")
    .with_control(
        control.growth > GROWTH_KIB,
        "a server that may take 128 MiB of answers",
    )
}

async fn observe(platform: &Platform, options: &str, shape: &Shape) -> Observation {
    let app = serve(shape.clone()).await;
    let program = Program::serve(&platform.endpoint, options).await;
    // What the first calls need for good is no growth.
    let plain = serve(shape::plain()).await;
    platform.apps_are_at(&format!("http://{plain}")).await;
    calls(program.address).await;
    platform.apps_are_at(&format!("http://{app}")).await;
    let before = program.memory();
    program.forget_peak();
    let answers = calls(program.address).await;
    let growth = program.peak_memory().saturating_sub(before);
    let slowest = answers.iter().map(|(_, took)| *took).max().unwrap();
    let mut complaints = Vec::new();
    for (status, took) in answers {
        let expected = shape.statuses.contains(&status);
        if !expected || took > DEADLINE + LATE {
            complaints.push(format!("{}: {status} after {took:?}", shape.name));
        }
    }
    Observation {
        growth,
        slowest,
        complaints,
    }
}

/// Calls the app as often as fits at once; gives statuses and times.
async fn calls(address: SocketAddr) -> Vec<(u16, Duration)> {
    let one = || async move {
        let mut connection = Connection::open(address).await.unwrap();
        let started = Instant::now();
        let request = "POST /app/demo-echo/call?path=/x HTTP/1.1\r\nhost: x\r\n\
            authorization: Bearer a\r\ncontent-length: 0\r\n\r\n";
        let answer = connection.ask(request.as_bytes()).await.unwrap();
        (answer.status, started.elapsed())
    };
    join_all((0..PARALLEL).map(|_| one())).await
}

async fn serve(shape: Shape) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            spawn(shape.clone().answer(stream));
        }
    });
    address
}
