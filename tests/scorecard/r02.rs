//! R02: the server never acts on itself, by whatever name: in front of a control
//! plane that takes many names for one, and of endpoints that lead back here.

mod names;

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use crate::{Size, harness::TestApp, stand_in, verdict::Verdict, wire::Connection};
use names::{AppName, OWN, PLACE, aliases, collisions, neighbours};

const ALIASES: usize = 500;
const COLLISIONS: usize = 500;
/// The verbs that change or call an app.
const ROUTES: [(&str, &str); 4] = [
    ("GET", ""),
    ("POST", "/activate"),
    ("POST", "/deactivate"),
    ("POST", "/call?path=/x"),
];

pub(crate) async fn run(size: Size) -> Verdict {
    let app = TestApp::with(&format!(
        "name: {OWN}\npublic_url: https://hooks.example.com\negress: {{allow: [0.0.0.0/0, '::/0']}}\n"
    ))
    .await;
    prepare(&app).await;
    let mut foreign = aliases(size.of(ALIASES));
    foreign.extend(collisions(size.of(COLLISIONS)));
    let mut complaints = trespasses(&app, app.address, &foreign).await;
    complaints.extend(unreachable(&app).await);
    let spellings = spellings(app.address.port());
    for endpoint in &spellings {
        complaints.extend(self_call(&app, endpoint).await);
    }
    let naive = stand_in::serve(naive(app.control_plane.unwrap())).await;
    let control = trespasses(&app, naive, &foreign[..20]).await;
    Verdict::new(
        format!(
            "trespasses={}/{},endpoints={}",
            complaints.len(),
            foreign.len() * ROUTES.len(),
            spellings.len()
        ),
        complaints,
    )
    .require(spellings.len() >= 40, "40 spellings of the own endpoint")
    .with_control(!control.is_empty(), "a server that compares what was typed")
}

/// Deploys the own app and its neighbours, each of which answers; and has the
/// control plane find apps as the open-source one does.
async fn prepare(app: &TestApp) {
    let other = json!({"project": {"id": "other", "name": "other"}});
    app.upstream("project.ProjectService/CreateProject", &other)
        .await;
    let [domain, project] = PLACE;
    let own = AppName::new(OWN, project, domain);
    for name in neighbours().iter().chain([&own]) {
        let deployed = json!({"app": {
            "metadata": {"id": {"project": name.project, "domain": name.domain, "name": name.name}},
            "spec": {"container": {"image": "demo"}, "desiredState": "DESIRED_STATE_ACTIVE"},
        }});
        app.upstream("app.AppService/Create", &deployed).await;
    }
    lossy(app).await;
}

async fn lossy(app: &TestApp) {
    let joined = json!({"type": "joined_app_names"});
    app.faults(&json!([
        {"method": "AppService/Get", "effect": joined},
        {"method": "AppService/Update", "effect": joined},
    ]))
    .await;
}

/// What a server does under names that are not quite its own: nothing, if it is
/// right.
async fn trespasses(app: &TestApp, server: SocketAddr, names: &[AppName]) -> Vec<String> {
    app.forget().await;
    let mut complaints = Vec::new();
    let mut connection = Connection::open(server).await.unwrap();
    for name in names {
        for (method, route) in ROUTES {
            let target = name.target(route);
            let status = ask(&mut connection, method, &target).await;
            if status != 404 {
                complaints.push(format!("{method} {target}: {status}"));
            }
        }
    }
    let counts = app.received().await["counts"].clone();
    let methods = counts.as_object().unwrap().iter();
    let more = methods.filter(|(method, _)| *method != "AppService/Get");
    complaints.extend(more.map(|(method, count)| format!("{count} calls of {method}")));
    complaints
}

/// The apps next to this one that cannot be reached.
async fn unreachable(app: &TestApp) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut connection = Connection::open(app.address).await.unwrap();
    for name in neighbours() {
        for (method, route) in [ROUTES[0], ROUTES[1], ROUTES[3]] {
            let target = name.target(route);
            let status = ask(&mut connection, method, &target).await;
            if status != 200 {
                complaints.push(format!("{method} {target}: {status}"));
            }
        }
    }
    complaints
}

async fn ask(connection: &mut Connection, method: &str, target: &str) -> u16 {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\
         content-length: 0\r\n\r\n"
    );
    connection.ask(request.as_bytes()).await.unwrap().status
}

/// Where this server answers, in many words.
fn spellings(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7F.0.0.0x1",
        "0177.0.0.1",
        "017700000001",
        "%3127.0.0.1",
        "127%2E0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "x.localhost",
        "l%6Fcalhost",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "0",
        "[::]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "\u{ff11}27.0.0.1",
        "127\u{3002}0.0.1",
    ];
    let by_port = hosts.iter().flat_map(|host| {
        [
            format!("http://{host}:{port}"),
            format!("HTTPS://{host}:0{port}/base/"),
        ]
    });
    let [domain, project] = PLACE;
    let label = format!("{OWN}-{project}-{domain}");
    let by_name = [
        "https://hooks.example.com".to_owned(),
        "http://hooks.example.com".to_owned(),
        "https://HOOKS.example.com.".to_owned(),
        "https://hooks.example.com:443/x".to_owned(),
        "https://hook%73.example.com".to_owned(),
        format!("http://{label}.localhost:30081"),
        format!("https://{label}.apps.example.com"),
        format!("http://{}.ns.svc.cluster.local", label.to_uppercase()),
    ];
    by_port.chain(by_name).collect()
}

/// What is wrong where a neighbour is said to be at the own address.
async fn self_call(app: &TestApp, endpoint: &str) -> Option<String> {
    let effect = json!({"type": "app_endpoint", "url": endpoint});
    app.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
        .await;
    let neighbour = &neighbours()[0];
    let answer = app
        .post(&neighbour.target("/call?path=/health"), &json!({}))
        .await;
    let refused = answer.status == 400 && answer.body["code"] == "own_app";
    (!refused).then(|| format!("{endpoint}: {}", answer.text))
}

/// Takes what is typed for what it is, as the reference does.
fn naive(control_plane: SocketAddr) -> Router {
    type Place = std::collections::HashMap<String, String>;
    async fn switch(
        State(control_plane): State<SocketAddr>,
        Path((name, _)): Path<(String, String)>,
        Query(place): Query<Place>,
    ) -> StatusCode {
        let [domain, project] = PLACE;
        let at = |key: &str, own: &str| place.get(key).map_or(own, String::as_str).to_owned();
        let id = json!({
            "name": name, "project": at("project", project), "domain": at("domain", domain),
        });
        if name == OWN {
            return StatusCode::BAD_REQUEST;
        }
        let found = connect(control_plane, "Get", &json!({"appId": id})).await;
        connect(control_plane, "Update", &json!({"app": found["app"]})).await;
        StatusCode::OK
    }
    Router::new()
        .route("/app/{name}/{verb}", axum::routing::post(switch))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .with_state(control_plane)
}

async fn connect(control_plane: SocketAddr, method: &str, request: &Value) -> Value {
    let url = format!("http://{control_plane}/flyteidl2.app.AppService/{method}");
    let client = crate::harness::client();
    let request = client
        .post(url)
        .header("authorization", "Bearer a")
        .json(request);
    request.send().await.unwrap().json().await.unwrap()
}
