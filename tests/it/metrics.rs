//! What is counted, by requests over the wire.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

use crate::harness::{Answer, TOKEN, TestApp};

/// How many requests with something different in each, and on how many connections.
const DIFFERENT: usize = 10_000;
/// As many as the document promises.
const ALL_DIFFERENT: usize = 100_000;
const CONNECTIONS: usize = 8;
const AT_ONCE: usize = 250;

const REQUESTS: &str = "flyte_webhook_http_server_request_duration_seconds_count";

/// The value of the series with this name and labels, as they are written.
fn value(app: &TestApp, series: &str) -> Option<f64> {
    let text = app.metrics().render();
    let mut values = text.lines().filter_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        (name == series).then(|| value.parse().unwrap())
    });
    values.next()
}

fn answered(method: &str, route: &str, status: u16) -> String {
    format!(
        "{REQUESTS}{{http_request_method=\"{method}\",http_route=\"{route}\",\
         http_response_status_code=\"{status}\"}}"
    )
}

#[tokio::test]
async fn requests_are_counted_by_route_and_what_came_of_them() {
    let app = TestApp::start().await;
    let run = app.start_run("demo.hello", &json!({"name": "Ada"})).await;
    app.ended(&run).await;
    app.get("/run/none").await;
    app.get(&format!("/nowhere/{run}")).await;
    Answer::of(app.anonymous(Method::GET, "/me")).await;
    for (series, expected) in [
        (
            answered("POST", "/run-task/{domain}/{project}/{name}", 200),
            1.0,
        ),
        (answered("GET", "/run/{name}", 404), 1.0),
        (answered("GET", "none", 404), 1.0),
        (answered("GET", "none", 401), 1.0),
        (
            "flyte_webhook_http_server_problems_total{code=\"run_not_found\",source=\"webhook\"}"
                .to_owned(),
            1.0,
        ),
        (
            "flyte_webhook_http_server_problems_total{code=\"no_credentials\",source=\"webhook\"}"
                .to_owned(),
            1.0,
        ),
        (
            "flyte_webhook_runs_started_total{from=\"task\",outcome=\"started\"}".to_owned(),
            1.0,
        ),
        ("flyte_webhook_http_server_active_requests".to_owned(), 0.0),
        (
            "flyte_webhook_http_server_request_body_bytes_in_flight".to_owned(),
            0.0,
        ),
    ] {
        assert_eq!(
            value(&app, &series),
            Some(expected),
            "{series}\n{}",
            app.metrics().render()
        );
    }
}

#[tokio::test]
async fn calls_of_the_control_plane_are_counted_with_why_they_failed() {
    let app = TestApp::with(
        "limits: {retry_percent: 0, connect_timeout: 300ms, upstream_timeout: 300ms}\n",
    )
    .await;
    let call = |status: &str, error: &str| {
        format!(
            "flyte_webhook_control_plane_request_duration_seconds_count{{\
             rpc_method=\"flyteidl2.auth.IdentityService/UserInfo\",\
             http_response_status_code=\"{status}\",error_type=\"{error}\"}}"
        )
    };
    app.get("/me").await;
    assert_eq!(value(&app, &call("200", "")), Some(1.0));
    for (effect, status, error) in [
        (json!({"type": "black_hole"}), "", "timeout"),
        (json!({"type": "reset"}), "", "broken"),
        (json!({"type": "error", "code": "unavailable"}), "503", ""),
    ] {
        app.faults(&json!([{"method": "*", "effect": effect}]))
            .await;
        app.get("/me").await;
        assert_eq!(
            value(&app, &call(status, error)),
            Some(1.0),
            "{effect} {}",
            app.metrics().render()
        );
    }
    let refused = "flyte_webhook_control_plane_retries_total{outcome=\"no_budget\"}";
    assert_eq!(value(&app, refused), Some(2.0));
}

#[tokio::test]
async fn what_is_refused_for_being_too_much_is_counted_by_its_limit() {
    let app = TestApp::with("limits: {rate: {caller: 1/1h, routes: {me: 5/1h}}}\n").await;
    for _ in 0..3 {
        app.get("/me").await;
    }
    let limited = "flyte_webhook_http_server_rate_limited_total{limit=\"caller\"}";
    assert_eq!(value(&app, limited), Some(2.0));
}

#[tokio::test]
async fn however_many_paths_names_and_tokens_are_invented_the_series_stay_few() {
    invent(DIFFERENT).await;
}

#[tokio::test]
#[ignore = "takes minutes; `make accept-4` runs it"]
async fn a_hundred_thousand_paths_names_and_tokens_make_no_more_series() {
    invent(ALL_DIFFERENT).await;
}

/// Asks for so much that is different, and looks at the series that come of it.
async fn invent(different: usize) {
    let app = TestApp::start().await;
    let before = series(&app);
    let mut connections = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let address = app.address;
        connections.spawn(async move {
            for batch in 0..different / CONNECTIONS / AT_ONCE {
                let first = (connection * different / CONNECTIONS) + batch * AT_ONCE;
                ask(address, first).await;
            }
        });
    }
    while let Some(done) = connections.join_next().await {
        done.unwrap();
    }
    let text = app.metrics().render();
    let counted = text.lines().filter(|line| line.starts_with(REQUESTS));
    let counted = counted.map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap());
    assert_eq!(counted.sum::<usize>(), different);
    assert!(!text.contains("invented"), "{text}");
    let more = series(&app) - before;
    assert!(more < 300, "{more} series more");
}

/// Sends requests with something different in each, all at once, and waits for the
/// last answer.
async fn ask(address: SocketAddr, first: usize) {
    let mut requests: String = (first..first + AT_ONCE - 1).map(request).collect();
    requests.push_str(&request(first + AT_ONCE - 1).replace("Host", "Connection: close\r\nHost"));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut answers, mut sending) = stream.split();
    let send = async { sending.write_all(requests.as_bytes()).await.unwrap() };
    let mut nowhere = tokio::io::sink();
    let (read, ()) = tokio::join!(tokio::io::copy(&mut answers, &mut nowhere), send);
    read.unwrap();
}

fn request(n: usize) -> String {
    let (method, path) = match n % 5 {
        0 => ("GET", format!("/invented-{n}")),
        1 => ("GET", format!("/run/Invented-{n}")),
        2 => ("PURGE", format!("/run/invented{n}")),
        3 => ("GET", format!("/app/Invented_{n}?project=invented{n}")),
        _ => ("GET", format!("/me?invented{n}")),
    };
    let credentials = match n % 5 {
        4 => String::new(),
        _ => format!("Authorization: {TOKEN}-invented-{n}\r\n"),
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: invented-{n}\r\nX-Request-Id: invented-{n}\r\nUser-Agent: invented-{n}\r\n{credentials}\r\n"
    )
}

fn series(app: &TestApp) -> usize {
    let text = app.metrics().render();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count()
}
