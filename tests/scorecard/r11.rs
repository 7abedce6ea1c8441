//! R11: names that lead elsewhere the next time, redirects, and a proxy in the
//! environment: nothing connects to where it may not, for calls of apps nor for
//! webhook tasks.

mod door;
mod flip;

use std::{collections::HashMap, sync::Arc};

use axum::{Router, extract::State};
use reqwest::{Client, Proxy};
use serde_json::json;

use crate::{
    Size,
    connector::{self, Rebound, Redirecting},
    harness::TestApp,
    platform::Platform,
    program::Program,
    stand_in,
    target::Target,
    verdict::Verdict,
    wire::Connection,
};
use door::Door;
use flip::{ALLOWED, DENIED, Flips};

const FLIPS: usize = 1_000;
const REDIRECTS: usize = 50;
/// Every spelling that some client reads.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

pub(crate) async fn run(size: Size) -> Verdict {
    let flips = size.of(FLIPS);
    let (mut complaints, flipped) = rebinding(flips).await;
    let (redirected, redirects_caught) = redirects().await;
    let (proxied, proxy_caught) = proxy().await;
    complaints.extend(redirected);
    let (rebound, tasks_flipped) = rebound_tasks(flips).await;
    let (led_on, tasks_led_on) = redirected_tasks().await;
    complaints.extend(rebound);
    complaints.extend(led_on);
    complaints.extend(proxied);
    Verdict::new(
        format!(
            "wrong={},flips={flips},redirects={REDIRECTS},proxies={},of_tasks={}",
            complaints.len(),
            PROXIES.len(),
            flips + REDIRECTS
        ),
        complaints,
    )
    .with_control(flipped, "a server that looks a name up to check it")
    .with_control(redirects_caught, "a client that follows redirects")
    .with_control(proxy_caught, "a client that uses a proxy")
    .with_control(tasks_flipped, "a task's host that is looked up to check it")
    .with_control(tasks_led_on, "a client that follows a task's redirect")
}

/// Calls an app whose name resolves otherwise each time; what went wrong, and
/// whether a server that checks first is caught.
async fn rebinding(count: usize) -> (Vec<String>, bool) {
    let denied = Door::at(DENIED, 0).await;
    let allowed = Door::at(ALLOWED, denied.port()).await;
    let flips = Arc::new(Flips::default());
    let app = TestApp::resolving_by(
        Arc::clone(&flips) as _,
        &format!("egress: {{allow: [{ALLOWED}]}}\n"),
    )
    .await;
    let url = format!("http://rebound.example:{}", denied.port());
    let effect = json!({"type": "app_endpoint", "url": url});
    app.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
        .await;
    let mut complaints = Vec::new();
    for number in 0..count {
        let expected = if flips.next_is_allowed() { 200 } else { 502 };
        let status = call(app.address).await;
        if status != expected || flips.count() != number + 1 {
            complaints.push(format!(
                "call {number}: {status}, {} look-ups",
                flips.count()
            ));
        }
    }
    let (strayed, arrived) = (denied.connections().await, allowed.connections().await);
    if strayed > 0 || arrived != flips.allowed() {
        complaints.push(format!(
            "{strayed} denied and {arrived} allowed connections"
        ));
    }
    let naive = stand_in::serve(checks_first(url, Arc::clone(&flips))).await;
    for _ in 0..10 {
        call(naive).await;
    }
    (complaints, denied.connections().await > 0)
}

/// Performs tasks whose host resolves otherwise each time; what went wrong, and whether
/// a server that checks first is caught.
async fn rebound_tasks(count: usize) -> (Vec<String>, bool) {
    let denied = Door::at(DENIED, 0).await;
    let allowed = Door::at(ALLOWED, denied.port()).await;
    let flips = Arc::new(Flips::default());
    let lookup = Arc::clone(&flips) as _;
    let tasks = Rebound::start(lookup, &ALLOWED.to_string(), denied.port()).await;
    let mut complaints = Vec::new();
    for number in 0..count {
        let expected = flips.next_is_allowed();
        let succeeded = tasks.perform().await;
        if succeeded != expected || flips.count() != number + 1 {
            complaints.push(format!("task {number}: {succeeded}"));
        }
    }
    let (strayed, arrived) = (denied.connections().await, allowed.connections().await);
    if strayed > 0 || arrived != flips.allowed() {
        complaints.push(format!(
            "tasks: {strayed} denied and {arrived} allowed connections"
        ));
    }
    let url = format!("http://rebound.example:{}", denied.port());
    let naive = stand_in::serve(checks_first(url, flips)).await;
    for _ in 0..10 {
        call(naive).await;
    }
    (complaints, denied.connections().await > 0)
}

/// Performs tasks that are redirected to where they may not go; what went wrong, and
/// whether a client that follows is caught.
async fn redirected_tasks() -> (Vec<String>, bool) {
    let canary = Door::at(std::net::Ipv4Addr::new(127, 0, 0, 3).into(), 0).await;
    let connector = Redirecting::start().await;
    let mut complaints = Vec::new();
    for number in 0..REDIRECTS {
        let status = [301, 302, 303, 307, 308][number % 5];
        let location = format!("http://127.0.0.3:{}/{number}", canary.port());
        let moved =
            format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let target = Target::answering(moved).await;
        if !connector::redirected(&connector, target.address).await {
            complaints.push(format!("a task followed {status} to {location}"));
        }
    }
    complaints.extend(strayed(&canary, "redirects of tasks").await);
    let location = format!("http://127.0.0.3:{}/", canary.port());
    let moved = format!("HTTP/1.1 302 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let target = Target::answering(moved).await;
    let _ = follower().post(target.url()).send().await;
    (complaints, canary.connections().await > 0)
}

/// The negative control: a client as it comes, which follows redirects.
fn follower() -> Client {
    Client::builder().build().unwrap()
}

async fn call(server: std::net::SocketAddr) -> u16 {
    let mut connection = Connection::open(server).await.unwrap();
    let request = "POST /app/demo-echo/call?path=/x HTTP/1.1\r\nhost: x\r\n\
        authorization: Bearer a\r\ncontent-length: 0\r\n\r\n";
    connection.ask(request.as_bytes()).await.unwrap().status
}

/// Looks the name up to judge it, and once more to connect.
fn checks_first(url: String, flips: Arc<Flips>) -> Router {
    async fn call(State((url, flips)): State<(String, Arc<Flips>)>) -> &'static str {
        if flips.take().contains(&DENIED) {
            return "{}";
        }
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        let address = (*flips.take().last().unwrap(), port).into();
        let client = Client::builder()
            .no_proxy()
            .resolve("rebound.example", address);
        let _ = client.build().unwrap().get(url).send().await;
        "{}"
    }
    Router::new().fallback(call).with_state((url, flips))
}

async fn redirects() -> (Vec<String>, bool) {
    let platform = Platform::start().await;
    let program = Program::serve(&platform.endpoint, "egress: {allow: [127.0.0.0/8]}\n").await;
    let denied = Door::at(DENIED, 0).await;
    let statuses = [301, 302, 303, 307, 308];
    let mut complaints = Vec::new();
    for number in 0..REDIRECTS {
        let (status, canary) = (statuses[number % 5], denied.port());
        let location = match number % 3 {
            0 => format!("http://{DENIED}:{canary}/{number}"),
            1 => format!("//{DENIED}:{canary}/{number}"),
            _ => format!("http://u:p@localhost:{canary}/{number}"),
        };
        let moved =
            format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let target = Target::answering(moved).await;
        platform.apps_are_at(&target.url()).await;
        let answered = call(program.address).await;
        if answered != status {
            complaints.push(format!("{status} to {location}: {answered}"));
        }
        if number == 0 {
            complaints.extend(strayed(&denied, "redirects").await);
            let _ = follower().get(target.url()).send().await;
        }
    }
    // The one is that of the client which follows.
    let followed = denied.connections().await;
    if followed > 1 {
        complaints.push(format!("{followed} redirects followed"));
    }
    (complaints, followed == 1)
}

/// Has a proxy in the environment of the program.
async fn proxy() -> (Vec<String>, bool) {
    let platform = Platform::start().await;
    let denied = Door::at(DENIED, 0).await;
    let url = format!("http://{DENIED}:{}", denied.port());
    let environment: HashMap<&str, &str> = PROXIES.iter().map(|&name| (name, &*url)).collect();
    let yaml = "egress: {allow: [127.0.0.0/8]}\n";
    let program = Program::serve_in(environment, &platform.endpoint, yaml).await;
    let status = call(program.address).await;
    let mut complaints: Vec<String> = strayed(&denied, "the proxy").await.into_iter().collect();
    if status != 200 {
        complaints.push(format!("{status} with a proxy in the environment"));
    }
    let proxied = Client::builder().proxy(Proxy::all(url).unwrap()).build();
    let _ = proxied.unwrap().get(&platform.endpoint).send().await;
    (complaints, denied.connections().await > 0)
}

async fn strayed(denied: &Door, what: &str) -> Option<String> {
    let count = denied.connections().await;
    (count > 0).then(|| format!("{what}: {count} connections"))
}
