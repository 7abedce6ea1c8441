//! R29: a control plane that is broken in every way that was thought of. What a
//! caller is told fits, comes in time and costs no memory.

mod judge;
mod mode;
mod neighbour;

use std::time::Instant;

use serde_json::Value;

use crate::{program::Program, verdict::Verdict, wire::Connection};
use judge::{Observation, complaints, reference};
use mode::{Mode, modes};
use neighbour::Neighbour;

/// How much more memory may be in use while the neighbour misbehaves.
const GROWTH_KIB: u64 = 16 << 10;

/// A token that no answer may hold.
const TOKEN: &str = "Bearer canary-0b6ad7e1";

/// The six routes that ask the control plane.
const ROUTES: [(&str, &str, &str); 6] = [
    ("me", "GET", "/me"),
    (
        "get_task",
        "GET",
        "/task/development/flytesnacks/demo.hello",
    ),
    ("get_run", "GET", "/run/{run}"),
    ("get_run_io", "GET", "/run/{run}/io"),
    ("abort_run", "POST", "/run/{run}/abort"),
    (
        "run_task",
        "POST",
        "/run-task/development/flytesnacks/demo.hello",
    ),
];

/// The deadline of a call is 2 s.
const LIMITS: &str = "limits: {connect_timeout: 1s, upstream_timeout: 2s, request_timeout: 5s}\n";

pub(crate) async fn run() -> Verdict {
    let (mut wrong, mut growth, mut asked, mut caught) = (Vec::new(), (0, ""), 0, true);
    let modes = modes();
    for mode in &modes {
        let (observations, grown) = observe(mode).await;
        growth = growth.max((grown, mode.name));
        for observation in &observations {
            asked += 1;
            wrong.extend(complaints(mode, observation));
        }
        // What the reference was measured to answer is no outcome that passes.
        caught &= reference(mode).is_none_or(|it| !complaints(mode, &it).is_empty());
    }
    let (growth, worst) = growth;
    Verdict::new(
        format!(
            "wrong={}/{asked},modes={},growth={}MiB({worst})",
            wrong.len(),
            modes.len(),
            growth.div_ceil(1 << 10)
        ),
        wrong,
    )
    .require(modes.len() >= 16, "at least 16 modes")
    .require(growth <= GROWTH_KIB, "at most 16 MiB more memory")
    .with_control(caught, "the answers of the reference")
}

/// What the program does in front of such a neighbour, and by how many KiB it grew.
async fn observe(mode: &Mode) -> (Vec<Observation>, u64) {
    let neighbour = Neighbour::start(mode).await;
    let program = Program::serve(&neighbour.endpoint, LIMITS).await;
    let run = warmed(&program).await;
    let before = program.memory();
    program.forget_peak();
    neighbour.misbehave(mode).await;
    let mut observations = Vec::new();
    for route in ROUTES {
        observations.push(ask(&program, route, &run).await);
    }
    let growth = program.peak_memory().saturating_sub(before);
    (observations, growth)
}

/// Asks every route once, since what the first requests need for good is no
/// growth. Gives the name of a run, if one could be started.
async fn warmed(program: &Program) -> String {
    let [me, rest @ .., start] = ROUTES;
    let answer = ask(program, me, "").await;
    if answer.status != 200 {
        // Broken already: the others would only wait for their deadlines.
        return "none".to_owned();
    }
    let started = ask(program, start, "").await.text;
    let started: Value = serde_json::from_str(&started).unwrap();
    let run = started["name"].as_str().unwrap();
    for route in rest {
        ask(program, route, run).await;
    }
    run.to_owned()
}

async fn ask(
    program: &Program,
    (route, method, path): (&'static str, &str, &str),
    run: &str,
) -> Observation {
    let path = path.replace("{run}", run);
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: {TOKEN}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let mut connection = Connection::open(program.address).await.unwrap();
    let started = Instant::now();
    let answer = connection.ask(request.as_bytes()).await.unwrap();
    Observation {
        route,
        status: answer.status,
        retry_after: answer.header("retry-after").to_owned(),
        text: String::from_utf8_lossy(&answer.body).into_owned(),
        took: started.elapsed(),
    }
}
