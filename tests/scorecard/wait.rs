//! Many who wait for one run: each caller costs one watch upstream, nobody
//! misses the end, and the last is answered soon after it.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    harness::{TestApp, allow_many_connections, spawn},
    verdict::Verdict,
    wire::{Answer, Connection},
};

const CALLERS: usize = 50;
const REQUESTS: usize = 1_000;
const ROUNDS: usize = 21;
/// An answer that comes as soon means that nobody is busy any more.
const IDLE: Duration = Duration::from_millis(10);

/// What came of requests that waited.
struct Crowd {
    watches: u64,
    /// Who was told something else than that the run was aborted.
    missed: Vec<String>,
    /// From the abort to the last answer.
    last: Duration,
}

impl Crowd {
    /// Both, with the better of the times: the machine does other things, too.
    fn and(mut self, other: Self) -> Self {
        self.missed.extend(other.missed);
        Self {
            watches: self.watches.max(other.watches),
            missed: self.missed,
            last: self.last.min(other.last),
        }
    }
}

pub(crate) async fn run() -> Verdict {
    allow_many_connections();
    let app = TestApp::start().await;
    // The first of everything takes longer.
    wait(&app, 1, 1).await;
    let alone = wait(&app, 1, 1).await.last;
    let mut crowd = wait(&app, REQUESTS, CALLERS).await;
    let mut writing = written(&app).await;
    for _ in 1..ROUNDS {
        crowd = crowd.and(wait(&app, REQUESTS, CALLERS).await);
        writing = writing.min(written(&app).await);
    }
    let strangers = wait(&app, CALLERS, CALLERS).await;
    let bound = 2 * alone + writing;
    let complaints = crowd.missed;
    Verdict::new(
        format!(
            "watches={},missed={},last={}ms,alone={}ms,writing={}ms",
            crowd.watches,
            complaints.len(),
            crowd.last.as_millis(),
            alone.as_millis(),
            writing.as_millis()
        ),
        complaints,
    )
    .require(crowd.watches == CALLERS as u64, "one watch a caller")
    .require(crowd.last <= bound, "the last is answered in time")
    .with_control(
        strangers.watches != 1,
        "callers who are not known to be one and the same",
    )
}

/// Has requests of so many callers wait for a run, and aborts it.
async fn wait(app: &TestApp, requests: usize, callers: usize) -> Crowd {
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    let waiting = gather(app, app.address, &run, requests, callers).await;
    let asked = Instant::now();
    abort(app, &run).await;
    let (answers, times) = settled(waiting).await;
    let counts = app.received().await["counts"].clone();
    let missed = answers.iter().filter(|answer| !is_told(answer));
    Crowd {
        watches: counts["RunService/WatchActionDetails"].as_u64().unwrap(),
        missed: missed.map(|answer| answer.json().to_string()).collect(),
        last: times.into_iter().max().unwrap() - asked,
    }
}

/// How long the machine takes to write the answers of as many requests that
/// wait, where what releases them costs nothing: their server stops.
async fn written(app: &TestApp) -> Duration {
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let server = TestApp::against(&endpoint, "{}\n").await;
    let waiting = gather(app, server.address, &run, REQUESTS, CALLERS).await;
    let stopped = Instant::now();
    server.stop();
    let (answers, times) = settled(waiting).await;
    assert!(answers.iter().all(|answer| answer.status == 202));
    abort(app, &run).await;
    times.into_iter().max().unwrap() - stopped
}

type Waiting = JoinHandle<(Answer, Instant)>;

/// Requests of so many callers that all wait for the run at this server, and
/// leave the machine idle.
async fn gather(
    app: &TestApp,
    server: SocketAddr,
    run: &str,
    requests: usize,
    callers: usize,
) -> Vec<Waiting> {
    app.forget().await;
    let waiting = (0..requests)
        .map(|number| spawn(ask(server, request(run, number % callers))))
        .collect();
    received(app, "RunService/GetRunDetails", requests as u64).await;
    received(app, "RunService/WatchActionDetails", callers as u64).await;
    while idle(server).await > IDLE {}
    waiting
}

async fn settled(waiting: Vec<Waiting>) -> (Vec<Answer>, Vec<Instant>) {
    join_all(waiting)
        .await
        .into_iter()
        .map(Result::unwrap)
        .unzip()
}

async fn abort(app: &TestApp, run: &str) {
    let path = format!("/run/{run}/abort?reason=enough");
    assert_eq!(app.post(&path, &Value::Null).await.status, 200);
}

fn is_told(answer: &Answer) -> bool {
    answer.status == 424 && answer.json()["phase"] == "aborted"
}

fn request(run: &str, caller: usize) -> String {
    let claims = json!({"sub": format!("caller-{caller}")}).to_string();
    let token = BASE64URL_NOPAD.encode(claims.as_bytes());
    format!(
        "GET /run/{run}?wait=200 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer e30.{token}.x\r\n\r\n"
    )
}

async fn ask(server: SocketAddr, request: String) -> (Answer, Instant) {
    let mut connection = Connection::open(server).await.unwrap();
    let answer = connection.ask(request.as_bytes()).await.unwrap();
    (answer, Instant::now())
}

/// Returns when the control plane has received so many calls.
async fn received(app: &TestApp, method: &str, calls: u64) {
    loop {
        let counts = app.received().await["counts"].clone();
        if counts[method].as_u64().is_some_and(|count| count >= calls) {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// How long a request takes that costs nothing.
async fn idle(server: SocketAddr) -> Duration {
    let request = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n".to_owned();
    let started = Instant::now();
    ask(server, request).await.1 - started
}
