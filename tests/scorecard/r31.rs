//! R31: an app that hangs holds up its own callers and nobody else.

mod latency;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    harness::spawn, platform::Platform, program::Program, stand_in, target::Target,
    verdict::Verdict, wire::Connection,
};
use latency::{Latencies, health};

/// Calls of the app that hangs.
const STUCK: usize = 200;
/// How many of them the server lets go on, by default.
const ADMITTED: usize = 64;
/// Of the health check, whatever else the machine does.
const HEALTHY: Duration = Duration::from_millis(10);
const OPTIONS: &str = "egress: {allow: [127.0.0.0/8]}\ncall_app: {timeout: 60s}\n";
/// How many health checks are enough to see that they hang.
const FEW: usize = 20;

pub(crate) async fn run() -> Verdict {
    let platform = Platform::start().await;
    platform.deploy("second").await;
    let program = Program::serve(&platform.endpoint, OPTIONS).await;
    let before = Latencies::measure(program.address).await;
    let target = Target::stalling("").await;
    // Only where the stuck callers look does the app hang.
    let effect = json!({"type": "app_endpoint", "url": target.url()});
    let rule = json!({"method": "AppService/Get", "caller": "stuck", "effect": effect});
    platform.faults(&json!([rule])).await;
    let refused = stick(program.address).await;
    let during = Latencies::measure(program.address).await;
    let mut complaints = during.slower_than(&before);
    if refused != [503; STUCK - ADMITTED] {
        complaints.push(format!("not all but {ADMITTED} are refused: {refused:?}"));
    }
    let blocking = stand_in::serve(blocking()).await;
    for _ in 0..4 {
        spawn(async move { while call(blocking, "stuck").await > 0 {} });
    }
    let blocked = health(blocking, FEW).await;
    Verdict::new(format!("{during},refused={}", refused.len()), complaints)
        .require(during.health() <= HEALTHY, "a health check within 10 ms")
        .with_control(blocked > HEALTHY, "a server whose calls block its threads")
}

/// Makes the calls, which go on; gives the statuses of those that are refused.
async fn stick(server: SocketAddr) -> Vec<u16> {
    let (sender, mut statuses) = mpsc::unbounded_channel();
    for _ in 0..STUCK {
        let sender = sender.clone();
        spawn(async move { sender.send(call(server, "stuck").await) });
    }
    let mut refused = Vec::new();
    while refused.len() < STUCK - ADMITTED {
        match timeout(Duration::from_secs(10), statuses.recv()).await {
            Ok(Some(status)) => refused.push(status),
            Ok(None) | Err(_) => break,
        }
    }
    refused
}

async fn call(server: SocketAddr, caller: &str) -> u16 {
    let claims = json!({"sub": caller}).to_string();
    let token = BASE64URL_NOPAD.encode(claims.as_bytes());
    let request = format!(
        "POST /app/demo-echo/call?path=/x HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer e30.{token}.x\r\ncontent-length: 0\r\n\r\n"
    );
    let mut connection = Connection::open(server).await.unwrap();
    connection.ask(request.as_bytes()).await.unwrap().status
}

/// Calls an app and lets the thread wait for it.
fn blocking() -> Router {
    let call = || async {
        std::thread::sleep(5 * HEALTHY);
        "{}"
    };
    Router::new()
        .route("/health", axum::routing::get(|| async { "{}" }))
        .fallback(call)
}
