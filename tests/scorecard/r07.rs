//! R07: a caller's credentials go to the control plane and to nobody else, in
//! whatever way somebody else is named.

use std::net::SocketAddr;

use axum::{Router, extract::State, response::Redirect};
use flyte_webhook_core::endpoint::Endpoint;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::{harness::TestApp, stand_in, target::Target, verdict::Verdict, wire::Connection};

/// Sent with every request.
const TOKEN: &str = "canary-7c1f0e5b9d3a";
const COOKIE: &str = "session=crumbs-4b8e2a6f0c9d";
/// As much of a secret counts as the secret.
const WINDOW: usize = 12;
/// Answers of every kind that a canary could be asked for.
const ANSWER: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/proto\r\ncontent-length: 0\r\n\r\n";

const IMAGE: &str = "name=site&python_version=3.11&flyte_version=2.12.1";

/// How somebody else is named.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// As the endpoint of every app.
    App,
    /// As the cluster that holds the data, in one of many spellings.
    Cluster(&'static str),
    /// As the place where a file is to be put.
    Upload,
    /// By a redirect from an app.
    RedirectOfApp,
    /// By a redirect from the control plane.
    RedirectOfControlPlane,
}

/// The canary's address stands for `HERE`, its port for `PORT` and the control
/// plane's address for `HOME`.
const CLUSTERS: [&str; 10] = [
    "http://HERE",
    "https://HERE",
    "HERE",
    "dns:///HERE",
    "http://localhost:PORT",
    "http://HOME@HERE",
    "http://HOME:x@HERE/",
    "http://127.1:PORT",
    "http://[::ffff:127.0.0.1]:PORT",
    "http://HERE/HOME",
];

pub(crate) async fn run() -> Verdict {
    let mut ways = vec![
        Way::App,
        Way::Upload,
        Way::RedirectOfApp,
        Way::RedirectOfControlPlane,
    ];
    ways.extend(CLUSTERS.map(Way::Cluster));
    let (mut leaks, mut arrived) = (Vec::new(), 0);
    for way in &ways {
        let requests = observe(*way, "").await;
        // Whoever may be called is called, or there was nothing to leak.
        if matches!(way, Way::App | Way::Upload) && requests.is_empty() {
            leaks.push(format!("{way:?}: nothing arrived"));
        }
        arrived += requests.len();
        leaks.extend(secrets(&requests).map(|what| format!("{way:?}: {what}")));
    }
    let value = format!(
        "leaks={},ways={},routes={},arrived={arrived}",
        leaks.len(),
        ways.len(),
        Endpoint::ALL.len()
    );
    let trusting = [
        (
            Way::App,
            "call_app: {apps: [{app: demo-echo, forward_credentials: true}]}\n",
        ),
        (
            Way::Cluster("http://HERE"),
            "control_plane: {cluster_hosts: [127.0.0.1]}\n",
        ),
    ];
    let mut verdict = Verdict::new(value, leaks);
    for (way, yaml) in trusting {
        let requests = observe(way, yaml).await;
        let caught = secrets(&requests).next().is_some();
        verdict = verdict.with_control(caught, &format!("a configuration that trusts: {yaml}"));
    }
    verdict
}

/// Asks every route while somebody else is named; gives what the canary got.
async fn observe(way: Way, yaml: &str) -> Vec<String> {
    let names: Vec<&str> = Endpoint::ALL.iter().map(|it| it.name()).collect();
    let yaml = format!(
        "endpoints: [{}]\negress: {{allow: [127.0.0.0/8]}}\n{yaml}",
        names.join(", ")
    );
    let mut canary = Target::answering(ANSWER).await;
    let app = TestApp::with(&yaml).await;
    let run = app.start_run("demo.hello", &json!({})).await;
    app.ended(&run).await;
    name(&app, way, &canary).await;
    if matches!(way, Way::RedirectOfControlPlane) {
        let moved = stand_in::serve(moved(canary.address)).await;
        let server = TestApp::against(&format!("http://{moved}"), &yaml).await;
        ask_all(server.address, &run).await;
    } else {
        ask_all(app.address, &run).await;
    }
    canary.requests()
}

async fn name(app: &TestApp, way: Way, canary: &Target) {
    let home = app.control_plane.unwrap().to_string();
    let (here, port) = (
        canary.address.to_string(),
        canary.address.port().to_string(),
    );
    let rule = match way {
        Way::App => json!({"method": "AppService/Get", "effect": at_app(&canary.url())}),
        Way::Cluster(spelling) => {
            let url = spelling.replace("HERE", &here).replace("PORT", &port);
            let effect = json!({"type": "cluster_endpoint", "url": url.replace("HOME", &home)});
            json!({"method": "ClusterService/SelectCluster", "effect": effect})
        }
        Way::Upload => {
            let effect = json!({"type": "upload_address", "url": canary.url()});
            json!({"method": "DataProxyService/CreateUploadLocation", "effect": effect})
        }
        Way::RedirectOfApp => {
            let moved = stand_in::serve(moved(canary.address)).await;
            json!({"method": "AppService/Get", "effect": at_app(&format!("http://{moved}"))})
        }
        Way::RedirectOfControlPlane => return,
    };
    app.faults(&json!([rule])).await;
}

fn at_app(url: &str) -> serde_json::Value {
    json!({"type": "app_endpoint", "url": url})
}

/// Redirects everything there, with its method.
fn moved(canary: SocketAddr) -> Router {
    async fn redirect(State(canary): State<SocketAddr>) -> Redirect {
        Redirect::temporary(&format!("http://{canary}/"))
    }
    Router::new().fallback(redirect).with_state(canary)
}

async fn ask_all(server: SocketAddr, run: &str) {
    for endpoint in Endpoint::ALL {
        let template = endpoint.path();
        let name = if template.starts_with("/app/") {
            "demo-echo"
        } else if template.starts_with("/run/") {
            run
        } else {
            "demo.hello"
        };
        let path = template
            .replace("{domain}", "development")
            .replace("{project}", "flytesnacks")
            .replace("{task_name}", "demo.hello")
            .replace("{trigger_name}", "daily")
            .replace("{run_name}", run)
            .replace("{name}", name);
        let (query, body) = if endpoint == Endpoint::BuildImage {
            // Something to build, so that a file is put somewhere.
            (IMAGE, r#"{"pip_packages":["httpx"]}"#)
        } else {
            ("path=/x", "{}")
        };
        let method = endpoint.method().as_str();
        let request = format!(
            "{method} {path}?{query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n\
             cookie: {COOKIE}\r\nsec-fetch-site: none\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut connection = Connection::open(server).await.unwrap();
        connection.ask(request.as_bytes()).await.unwrap();
    }
}

/// The requests that hold as much of a secret as counts, in any encoding that
/// headers and URLs have.
fn secrets(requests: &[String]) -> impl Iterator<Item = &String> {
    requests.iter().filter(|request| {
        let plain = percent_decode_str(request).decode_utf8_lossy();
        let held = |text: &str| {
            let mut windows = text.as_bytes().windows(WINDOW);
            windows.any(|window| plain.contains(&*String::from_utf8_lossy(window)))
        };
        let encoded = [TOKEN, COOKIE].map(|it| data_encoding::BASE64.encode(it.as_bytes()));
        held(TOKEN) || held(COOKIE) || encoded.iter().any(|it| held(it))
    })
}
