//! R05: what callers send in headers and bodies never comes to light elsewhere:
//! not in the log, the audit log, in errors, or in anybody else's answer.

mod canary;
mod mixture;

use std::{
    fs::File,
    io::{self, BufRead},
    net::SocketAddr,
    path::Path,
    process::Stdio,
};

use axum::{Router, http::HeaderMap, response::IntoResponse};
use futures::future::join_all;
use http::{StatusCode, header::AUTHORIZATION};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::json;
use tempfile::{NamedTempFile, TempDir};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    Size,
    harness::{TestApp, spawn},
    program::command,
    stand_in,
    verdict::Verdict,
    wire::Connection,
};
use mixture::Request;

const REQUESTS: usize = 1_000_000;
/// Of which so many, as one part, are logged as finely as can be.
const TRACED: usize = 5;
const WORKERS: usize = 32;
/// How many requests the negative control has.
const CONTROL: usize = 200;

pub(crate) async fn run(size: Size) -> Verdict {
    let requests = size.of(REQUESTS);
    let app = TestApp::with("{}\n").await;
    app.faults(&faults()).await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let traced = load(&endpoint, "trace", requests / TRACED).await;
    let told = load(&endpoint, "info", requests - requests / TRACED).await;
    let (sent, failed) = (traced.sent + told.sent, traced.failed + told.failed);
    let bytes = traced.log_bytes + told.log_bytes;
    let records = traced.records + told.records;
    let mut complaints = traced.complaints;
    complaints.extend(told.complaints);

    let naive = stand_in::serve(Router::new().fallback(echoing)).await;
    let control = ask(naive, CONTROL, 0).await;
    Verdict::new(
        format!(
            "leaks={}/{sent},failed={failed},log={}MiB,records={records}",
            complaints.len(),
            bytes >> 20
        ),
        complaints,
    )
    .require(failed > sent / 10, "many requests fail, in many ways")
    .require(traced.log_bytes > 0 && told.log_bytes > 0, "there is a log")
    .require(records > sent / 100, "there is an audit log")
    .with_control(
        !control.complaints.is_empty(),
        "a server that repeats credentials in errors",
    )
    .with_control(
        canary::is_noticed_in_every_spelling(),
        "a canary, plain or encoded",
    )
}

#[derive(Default)]
struct Load {
    sent: usize,
    /// How many were answered with an error.
    failed: usize,
    log_bytes: usize,
    /// How many lines the audit log has.
    records: usize,
    complaints: Vec<String>,
}

/// Every call of the control plane may go wrong in any way.
fn faults() -> serde_json::Value {
    let rule =
        |effect, probability| json!({"method": "*", "probability": probability, "effect": effect});
    let echo = |code| rule(json!({"type": "echo_token", "code": code}), 0.02);
    json!([
        echo("internal"),
        echo("unavailable"),
        echo("permission_denied"),
        echo("unauthenticated"),
        echo("invalid_argument"),
        rule(json!({"type": "garbage"}), 0.02),
        rule(json!({"type": "html"}), 0.02),
        rule(json!({"type": "cut_body"}), 0.02),
        rule(json!({"type": "reset"}), 0.02),
        rule(json!({"type": "answer_lost"}), 0.02),
        rule(json!({"type": "black_hole"}), 0.002),
    ])
}

/// Sends requests to a server of its own with this level of logging.
async fn load(endpoint: &str, level: &str, requests: usize) -> Load {
    let folder = TempDir::new().unwrap();
    let audit = folder.path().join("audit.log");
    let (child, address, log) = serve(endpoint, level, &audit).await;
    let share = requests / WORKERS;
    let workers = (0..WORKERS).map(|seed| spawn(ask(address, share, seed as u64)));
    let mut load = Load::default();
    for worker in join_all(workers).await {
        let part = worker.unwrap();
        load.sent += part.sent;
        load.failed += part.failed;
        load.complaints.extend(part.complaints);
    }
    drop(child);
    let (bytes, found) = log.await.unwrap();
    load.log_bytes = bytes;
    load.complaints.extend(found);
    let (records, found) = audited(&audit).unwrap();
    load.records = records;
    load.complaints.extend(found);
    load
}

/// The program, and what its log holds when it has ended: its size, and every
/// line with a canary.
async fn serve(
    endpoint: &str,
    level: &str,
    audit: &Path,
) -> (Child, SocketAddr, JoinHandle<(usize, Vec<String>)>) {
    let file = NamedTempFile::with_suffix(".yaml").unwrap();
    let yaml = format!(
        "endpoints: [health, me, get_task, run_task, get_run, get_run_io, abort_run, get_app, \
         call_app, activate_trigger, run_trigger, build_image, prefetch_hf_model]\n\
         audit: {{file: {}}}\ntelemetry: {{log_level: {level}}}\negress: {{allow: [127.0.0.0/8]}}\n\
         limits: {{connect_timeout: 300ms, upstream_timeout: 300ms}}\n",
        audit.display()
    );
    std::fs::write(file.path(), yaml).unwrap();
    let mut child = command(endpoint)
        .args(["--port", "0", "--config"])
        .arg(file.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (sender, address) = oneshot::channel();
    let log = spawn(async move {
        let (mut sender, mut bytes, mut found) = (Some(sender), 0, Vec::new());
        while let Ok(Some(line)) = lines.next_line().await {
            bytes += line.len();
            if let Some(address) = sender.as_ref().and_then(|_| listening(&line)) {
                let _ = sender.take().unwrap().send(address);
            }
            if canary::find(line.as_bytes()).is_some() {
                found.push(format!("log: {line}"));
            }
        }
        // Kept until the program has read it.
        drop(file);
        (bytes, found)
    });
    let address = address.await.expect("the program serves");
    (child, address, log)
}

/// How many records an audit log has, and those with a canary.
fn audited(file: &Path) -> io::Result<(usize, Vec<String>)> {
    let (mut records, mut found) = (0, Vec::new());
    for line in io::BufReader::new(File::open(file)?).lines() {
        let line = line?;
        records += 1;
        if canary::find(line.as_bytes()).is_some() {
            found.push(format!("audit: {line}"));
        }
    }
    Ok((records, found))
}

fn listening(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    line["server.address"].as_str()?.parse().ok()
}

/// Sends requests one after another and looks at the answers.
async fn ask(address: SocketAddr, requests: usize, seed: u64) -> Load {
    let mut chance = SmallRng::seed_from_u64(seed);
    let mut load = Load::default();
    let mut connection = None;
    while load.sent < requests {
        let mut current = match connection.take() {
            Some(current) => current,
            None => Connection::open(address).await.unwrap(),
        };
        let request = Request::random(&mut chance);
        load.sent += 1;
        let Ok(answer) = current.ask(&request.bytes).await else {
            load.failed += 1;
            continue;
        };
        load.failed += usize::from(answer.status >= 400);
        let text = [answer.head().as_bytes(), &answer.body].concat();
        load.complaints.extend(request.complaint(&text));
        if answer.header("connection") != "close" && chance.random_bool(0.99) {
            connection = Some(current);
        }
    }
    load
}

async fn echoing(headers: HeaderMap) -> impl IntoResponse {
    let token = headers
        .get(AUTHORIZATION)
        .map_or(&b""[..], |it| it.as_bytes());
    let text = String::from_utf8_lossy(token).into_owned();
    (
        StatusCode::BAD_GATEWAY,
        format!("the control plane does not like {text}"),
    )
}
