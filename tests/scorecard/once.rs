//! One run for one key: every request is sent several times, to replicas that
//! are killed meanwhile and over connections that are cut.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::{Value, json};
use tokio::{sync::watch, time::sleep};

use crate::{
    Size,
    harness::{TestApp, spawn},
    program::Program,
    verdict::Verdict,
    wire::{Answer, Connection},
};

const REQUESTS: usize = 10_000;
const TIMES: usize = 5;
const CONNECTIONS: usize = 64;
const REPLICAS: usize = 3;
/// One send of so many is cut off before its answer.
const CUT: usize = 10;
/// How long all replicas live between two kills.
const PEACE: Duration = Duration::from_millis(500);
/// How many requests the negative control has.
const CONTROL: usize = 50;

type Replicas = watch::Receiver<Vec<SocketAddr>>;

/// What came of a storm.
struct Storm {
    runs: usize,
    kills: usize,
    cuts: usize,
    complaints: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    let storm = storm(size.of(REQUESTS), true).await;
    let control = self::storm(CONTROL, false).await;
    Verdict::new(
        format!(
            "runs={}/{},sent={TIMES}x,kills={},cuts={}",
            storm.runs,
            size.of(REQUESTS),
            storm.kills,
            storm.cuts
        ),
        storm.complaints,
    )
    .require(storm.runs == size.of(REQUESTS), "one run a key")
    .require(
        storm.kills > 0 && storm.cuts > 0,
        "something went wrong on the way",
    )
    .with_control(control.runs != CONTROL, "requests without a key")
}

async fn storm(requests: usize, keyed: bool) -> Storm {
    let app = TestApp::with("{}\n").await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let (addresses, replicas) = watch::channel(Vec::new());
    let over = Arc::new(AtomicBool::new(false));
    let killer = spawn(kill(endpoint, addresses, Arc::clone(&over)));
    let mut ready = replicas.clone();
    ready
        .wait_for(|addresses| !addresses.is_empty())
        .await
        .unwrap();

    let mut sends: Vec<usize> = (0..requests * TIMES).map(|send| send % requests).collect();
    sends.shuffle(&mut rand::rng());
    let sends = Arc::new(sends);
    let next = Arc::new(AtomicUsize::new(0));
    let workers = (0..CONNECTIONS).map(|_| {
        let (sends, next) = (Arc::clone(&sends), Arc::clone(&next));
        spawn(work(sends, next, replicas.clone(), keyed))
    });
    let cuts = join_all(workers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum();
    over.store(true, Ordering::Relaxed);
    let (kills, programs) = killer.await.unwrap();

    // Whoever has no answer yet asks until there is one.
    let mut complaints = Vec::new();
    let mut names = HashMap::new();
    if keyed {
        for request in 0..requests {
            let name = insist(&replicas, request).await;
            if let Some(other) = names.insert(name, request) {
                complaints.push(format!("requests {other} and {request} share a run"));
            }
        }
    }
    drop(programs);
    let runs = ended(&app).await;
    complaints.extend(runs.iter().filter_map(|run| wrong(run, &names, keyed)));
    Storm {
        runs: runs.len(),
        kills,
        cuts,
        complaints,
    }
}

/// Kills a replica at random every now and then, and starts another in its place.
async fn kill(
    endpoint: String,
    addresses: watch::Sender<Vec<SocketAddr>>,
    over: Arc<AtomicBool>,
) -> (usize, Vec<Program>) {
    let serve = || {
        Program::serve(
            &endpoint,
            "telemetry: {log_level: \"error,flyte_webhook::cli=info\"}\n",
        )
    };
    let mut programs = join_all((0..REPLICAS).map(|_| serve())).await;
    let publish = |programs: &[Program]| {
        addresses.send_replace(programs.iter().map(|program| program.address).collect());
    };
    publish(&programs);
    let mut kills = 0;
    while !over.load(Ordering::Relaxed) {
        sleep(PEACE).await;
        let victim = rand::random_range(0..REPLICAS);
        // Gone while its clients still believe in it.
        drop(programs.swap_remove(victim));
        programs.push(serve().await);
        publish(&programs);
        kills += 1;
    }
    (kills, programs)
}

/// Sends what is left to send over one connection after another; gives how many
/// it has cut.
async fn work(
    sends: Arc<Vec<usize>>,
    next: Arc<AtomicUsize>,
    replicas: Replicas,
    keyed: bool,
) -> usize {
    let mut cuts = 0;
    let mut connection: Option<Connection> = None;
    while let Some(&request) = sends.get(next.fetch_add(1, Ordering::Relaxed)) {
        let mut current = match connection.take() {
            Some(current) => current,
            None => match open(&replicas).await {
                Some(current) => current,
                None => continue,
            },
        };
        let text = text(request, keyed);
        if rand::random_range(0..CUT) == 0 {
            // Some are cut as soon as they are sent, some while they are answered.
            if current.send(text.as_bytes()).await.is_ok() {
                sleep(Duration::from_millis(rand::random_range(0..8))).await;
                current.abort();
                cuts += 1;
            }
        } else if current.ask(text.as_bytes()).await.is_ok() {
            connection = Some(current);
        }
    }
    cuts
}

async fn open(replicas: &Replicas) -> Option<Connection> {
    let address = *replicas.borrow().choose(&mut rand::rng())?;
    Connection::open(address).await.ok()
}

/// The name of a request's run.
async fn insist(replicas: &Replicas, request: usize) -> String {
    loop {
        let Some(mut connection) = open(replicas).await else {
            continue;
        };
        let answer = connection.ask(text(request, true).as_bytes()).await;
        match answer {
            Ok(answer) if answer.status == 200 => return name(&answer),
            Ok(answer) if answer.status < 500 => panic!("{}", answer.json()),
            Ok(_) | Err(_) => {}
        }
    }
}

fn name(answer: &Answer) -> String {
    answer.json()["name"].as_str().unwrap().to_owned()
}

fn text(request: usize, keyed: bool) -> String {
    let body = json!({"name": format!("{request}")}).to_string();
    let key = if keyed {
        format!("idempotency-key: request {request}\r\n")
    } else {
        String::new()
    };
    let length = body.len();
    format!(
        "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer e30.eyJzdWIiOiJhZGEifQ.x\r\ncontent-type: application/json\r\n\
         {key}content-length: {length}\r\n\r\n{body}"
    )
}

/// All runs, once every one of them has ended.
async fn ended(app: &TestApp) -> Vec<Value> {
    loop {
        let runs = runs(app).await;
        if runs.iter().all(|run| !run["status"]["endTime"].is_null()) {
            return runs;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The root actions of all runs.
async fn runs(app: &TestApp) -> Vec<Value> {
    let mut runs = Vec::new();
    let mut token = json!("");
    loop {
        let request = json!({
            "projectId": {"name": "flytesnacks", "domain": "development"},
            "request": {"limit": 200, "token": token},
        });
        let page = app.upstream("workflow.RunService/ListRuns", &request).await;
        let found = page["runs"].as_array().cloned().unwrap_or_default();
        runs.extend(found.into_iter().map(|run| run["action"].clone()));
        token = page["token"].clone();
        if token.as_str().is_none_or(str::is_empty) {
            return runs;
        }
    }
}

/// What is wrong with a run, if anything.
fn wrong(action: &Value, names: &HashMap<String, usize>, keyed: bool) -> Option<String> {
    let name = action["id"]["run"]["name"].as_str().unwrap();
    let is_known = !keyed || names.contains_key(name);
    let once = action["status"]["attempts"] == 1;
    let well = action["status"]["phase"] == "ACTION_PHASE_SUCCEEDED";
    (!is_known || !once || !well).then(|| action.to_string())
}
