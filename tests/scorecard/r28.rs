//! R28: a panic ends one request and no other, whatever route it is in.

use std::{net::SocketAddr, panic, sync::Arc};

use axum::{
    Router, ServiceExt,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use flyte_webhook::{
    app::{App, Lasting},
    http::{ApiState, router, stack},
};
use flyte_webhook_core::endpoint::Endpoint;
use futures::future::join_all;
use http::HeaderName;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    Size,
    harness::{TestApp, config, spawn},
    stand_in,
    verdict::Verdict,
    wire::{Answer, Connection},
};

const PANICS: usize = 1_000;
const CONNECTIONS: usize = 8;
/// How much memory thousands of panics may leave behind, in KiB.
const GROWTH: usize = 16 << 10;

const PANIC: HeaderName = HeaderName::from_static("x-panic");

pub(crate) async fn run(size: Size) -> Verdict {
    // Each would be told at length.
    let told = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let app = TestApp::with("{}\n").await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let (address, router) = fragile(&endpoint).await;
    // The first panics take memory that is used again.
    storm(address, size.of(PANICS) / 10).await;
    let before = memory();
    let (panics, others, complaints) = storm(address, size.of(PANICS)).await;
    let growth = memory().saturating_sub(before);

    let bare = stand_in::serve(router).await;
    let (_, _, control) = storm(bare, 8).await;
    panic::set_hook(told);
    Verdict::new(
        format!(
            "wrong={}/{panics},others={others},growth={growth}KiB",
            complaints.len()
        ),
        complaints,
    )
    .require(others > panics / 10, "others are answered meanwhile")
    .require(growth <= GROWTH, "panics leave no memory behind")
    .with_control(!control.is_empty(), "a server that does not catch panics")
}

/// The real routes and the real stack, where a header makes any route panic;
/// and the routes without the stack.
async fn fragile(endpoint: &str) -> (SocketAddr, Router) {
    let config = config(endpoint, "endpoint_groups: [all]\n");
    let lasting = Lasting::new(CancellationToken::new());
    let app = App::new(&config, &lasting).unwrap();
    let api = Arc::new(app.api().clone());
    let routes = router::router(ApiState(Arc::clone(&api)));
    let routes = routes.layer(middleware::from_fn(panic_if_asked));
    let service = stack::stack(routes.clone(), None, &api);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = ServiceExt::<Request>::into_make_service(service);
    spawn(async move { axum::serve(listener, service).await.unwrap() });
    (address, routes)
}

async fn panic_if_asked(request: Request, next: Next) -> Response {
    let is_asked = request.headers().contains_key(PANIC);
    let response = next.run(request).await;
    assert!(!is_asked, "a secret of this route");
    response
}

/// Lets every route panic so often, while others ask; gives how many panicked,
/// how many others were answered, and what was wrong.
async fn storm(address: SocketAddr, times: usize) -> (usize, usize, Vec<String>) {
    let over = CancellationToken::new();
    let others = (0..CONNECTIONS).map(|_| spawn(bystander(address, over.clone())));
    let others: Vec<_> = others.collect();
    let mut complaints = Vec::new();
    let mut panics = 0;
    for request in requests() {
        let share = times / CONNECTIONS;
        let workers = (0..CONNECTIONS).map(|_| spawn(victim(address, request.clone(), share)));
        for worker in join_all(workers).await {
            complaints.extend(worker.unwrap());
            panics += share;
        }
    }
    over.cancel();
    let mut answered = 0;
    for other in join_all(others).await {
        let (count, wrong) = other.unwrap();
        answered += count;
        complaints.extend(wrong);
    }
    (panics, answered, complaints)
}

/// One request to every route, and to none.
fn requests() -> Vec<String> {
    let routes = Endpoint::ALL.iter().map(|endpoint| {
        let path = endpoint.path().replace(['{', '}'], "");
        format!("{} {path}", endpoint.method().as_str())
    });
    routes.chain(["GET /nothing".to_owned()]).collect()
}

/// Sends a request that panics over one connection; gives what is wrong with the answers.
async fn victim(address: SocketAddr, route: String, times: usize) -> Vec<String> {
    let text = format!(
        "{route} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nx-panic: 1\r\ncontent-length: 0\r\n\r\n"
    );
    let mut connection = Connection::open(address).await.unwrap();
    let mut complaints = Vec::new();
    for _ in 0..times {
        match connection.ask(text.as_bytes()).await {
            Ok(answer) if is_plain(&answer) => {}
            Ok(answer) => complaints.push(format!("{route}: {}", answer.json())),
            Err(error) => {
                complaints.push(format!("{route}: {error}"));
                connection = Connection::open(address).await.unwrap();
            }
        }
    }
    complaints
}

/// A 500 that says nothing.
fn is_plain(answer: &Answer) -> bool {
    let mut body = answer.json();
    let id = body
        .as_object_mut()
        .and_then(|body| body.remove("request_id"));
    let expected = json!({
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "This server failed; its log says why",
        "code": "internal",
        "source": "webhook",
        "retryable": false,
    });
    answer.status == 500 && id.is_some_and(|id| id.is_string()) && body == expected
}

/// Asks who it is until told to stop.
async fn bystander(address: SocketAddr, over: CancellationToken) -> (usize, Vec<String>) {
    let text =
        b"GET /me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer e30.eyJzdWIiOiJhZGEifQ.x\r\n\r\n";
    let mut connection = Connection::open(address).await.unwrap();
    let (mut answered, mut complaints) = (0, Vec::new());
    while !over.is_cancelled() {
        match connection.ask(text).await {
            Ok(answer) if answer.status == 200 && answer.json()["subject"] == "ada" => {
                answered += 1;
            }
            Ok(answer) => complaints.push(format!("a bystander: {}", answer.json())),
            Err(error) => {
                complaints.push(format!("a bystander: {error}"));
                connection = Connection::open(address).await.unwrap();
            }
        }
    }
    (answered, complaints)
}

/// What this process, the server with it, holds, in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}
