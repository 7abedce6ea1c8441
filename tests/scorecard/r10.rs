//! R10: no path and no endpoint makes a call go where none may go, no URL a task.

#[path = "../it/app/corpus.rs"]
mod corpus;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use url::Url;

use crate::{
    connector, harness::TestApp, stand_in, target::Target, verdict::Verdict, wire::Connection,
};
use corpus::{FORMS, METHODS, PRIVATE_HOSTS, check, paths};

const LOOPBACK: &str = "egress: {allow: [127.0.0.0/8, '::1']}\n";

/// Nothing but loopback answers the naive server, or needs to.
const NAIVE_TIMEOUT: Duration = Duration::from_millis(200);
/// How many paths the naive server is asked for.
const NAIVE_PATHS: usize = 50;

/// An app's own listener, and one that nothing may connect to.
struct Targets {
    app: Target,
    canary: Target,
}

pub(crate) async fn run() -> Verdict {
    let mut targets = Targets {
        app: Target::json("200 OK", "{}").await,
        canary: Target::json("200 OK", "{}").await,
    };
    let canary = targets.canary.address;
    let app = TestApp::with(LOOPBACK).await;
    at(&app, &format!("{}/base", targets.app.url())).await;
    let paths = paths(&canary.to_string());
    let mut complaints = call_paths(app.address, &paths, &mut targets).await;

    let endpoints = endpoints(canary);
    // What is written oddly is refused although loopback is allowed, and what
    // is private where it is not.
    let strict = TestApp::with("{}\n").await;
    for (app, endpoint) in endpoints.iter().map(|(is_private, endpoint)| {
        let app = if *is_private { &strict } else { &app };
        (app, endpoint)
    }) {
        complaints.extend(call_endpoint(app, endpoint, &mut targets.canary).await);
    }
    let tasks = connector::denied().await;
    complaints.extend(tasks.complaints);
    let base = Url::parse(&format!("{}/base/", targets.app.url())).unwrap();
    let naive = stand_in::serve(naive(base)).await;
    let control = call_paths(naive, &paths[..NAIVE_PATHS], &mut targets).await;
    Verdict::new(
        format!(
            "wrong={},calls={},endpoints={},tasks={}",
            complaints.len(),
            paths.len() * METHODS.len(),
            endpoints.len(),
            tasks.count
        ),
        complaints,
    )
    .require(paths.len() >= 300, "at least 300 paths")
    .require(endpoints.len() >= 60, "at least 60 endpoints")
    .require(tasks.count >= 100, "at least 100 URLs of tasks")
    .with_control(tasks.control, "a client that goes where it is told")
    .with_control(
        control.iter().any(|it| it.contains("canary")),
        "a server that joins endpoint and path",
    )
}

/// Says that all apps are at this address.
async fn at(app: &TestApp, endpoint: &str) {
    let effect = json!({"type": "app_endpoint", "url": endpoint});
    app.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
        .await;
}

/// Endpoints, and whether they are well written but private.
fn endpoints(canary: SocketAddr) -> Vec<(bool, String)> {
    let port = canary.port().to_string();
    let odd = FORMS
        .iter()
        .map(|form| (false, form.replace("PORT", &port)));
    let private = PRIVATE_HOSTS.iter();
    let private = private.map(|host| (true, format!("http://{host}:{port}")));
    odd.chain(private).collect()
}

async fn call_paths(server: SocketAddr, paths: &[String], targets: &mut Targets) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut connection = Connection::open(server).await.unwrap();
    for path in paths {
        let encoded = utf8_percent_encode(path, NON_ALPHANUMERIC);
        for method in METHODS {
            let query = format!("path={encoded}&method={method}");
            let status = ask(&mut connection, &query).await;
            let (sent, strayed) = (targets.app.requests(), targets.canary.requests());
            let line = sent.first().and_then(|request| request.lines().next());
            let wrong = match (status, line) {
                _ if !strayed.is_empty() => Some(format!("the canary got {strayed:?}")),
                (200, Some(line)) => check(line, method),
                (422, None) => None,
                other => Some(format!("{other:?}")),
            };
            complaints.extend(wrong.map(|what| format!("{method} {path:?}: {what}")));
        }
    }
    complaints
}

async fn call_endpoint(app: &TestApp, endpoint: &str, canary: &mut Target) -> Option<String> {
    at(app, endpoint).await;
    let mut connection = Connection::open(app.address).await.unwrap();
    let status = ask(&mut connection, "path=/x").await;
    let strayed = canary.requests();
    let wrong = status != 502 || !strayed.is_empty();
    wrong.then(|| format!("{endpoint:?}: {status}, the canary got {strayed:?}"))
}

async fn ask(connection: &mut Connection, query: &str) -> u16 {
    let request = format!(
        "POST /app/demo-echo/call?{query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\
         content-length: 0\r\n\r\n"
    );
    connection.ask(request.as_bytes()).await.unwrap().status
}

/// Joins the path to the endpoint, as the standard says that links are joined.
fn naive(base: Url) -> Router {
    type Pairs = std::collections::HashMap<String, String>;
    async fn call(State(base): State<Url>, Query(query): Query<Pairs>) -> StatusCode {
        let Ok(url) = base.join(&query["path"]) else {
            return StatusCode::UNPROCESSABLE_ENTITY;
        };
        let method = query["method"].parse().unwrap();
        let request = crate::harness::client().request(method, url);
        let answer = request.timeout(NAIVE_TIMEOUT).send().await;
        answer.map_or(StatusCode::BAD_GATEWAY, |answer| answer.status())
    }
    Router::new().fallback(call).with_state(base)
}
