//! The server never acts on itself, under whatever name it is asked to, and
//! never on another app than the one that was named.

use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use super::{LOOPBACK, all_routes, apps_are_at, call, deploy, updates};
use crate::harness::{TestApp, spawn};

#[tokio::test]
async fn the_own_name_is_400_before_the_list_and_the_control_plane() {
    let app = TestApp::with("name: hook\napp_allowlist: []\n").await;
    app.forget().await;
    let texts = [
        "Cannot get status of self",
        "Cannot activate self",
        "Cannot deactivate self",
        "Cannot call self",
    ];
    for query in [
        "",
        "?project=flytesnacks",
        "?project=flytesnacks&domain=development",
        "?domain=",
    ] {
        let answers = all_routes(&app, "hook", query).await;
        for ((route, answer), text) in answers.into_iter().zip(texts) {
            assert_eq!(answer.status, 400, "{route}{query}: {}", answer.text);
            assert_eq!(
                (&answer.body["detail"], &answer.body["code"]),
                (&json!(text), &json!("own_app"))
            );
        }
    }
    assert_eq!(app.received().await["requests"], json!([]));
}

#[tokio::test]
async fn what_does_not_fit_comes_before_self() {
    let app = TestApp::with("name: hook\n").await;
    for path in [
        "/app/hook/activate?wait=maybe",
        "/app/hook/call",
        "/app/hook/call?path=/..",
        "/app/hook/call?path=/x&method=TRACE",
    ] {
        let answer = app.post(path, &json!({})).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_own_name_elsewhere_is_another_app() {
    let app = TestApp::with("name: hook\n").await;
    let project = json!({"project": {"id": "other", "name": "other"}});
    app.upstream("project.ProjectService/CreateProject", &project)
        .await;
    deploy(&app, "other", "hook", &["sleep", "1000"]).await;
    let answer = app.get("/app/hook?project=other").await;
    assert_eq!(
        (answer.status, &answer.body["is_deactivated"]),
        (200, &json!(true)),
        "{}",
        answer.text
    );
    assert_eq!(app.get("/app/hook?domain=production").await.status, 404);
}

/// The open-source control plane finds an app by its name, project and domain
/// joined with dashes in lower case, and answers about that one.
#[tokio::test]
async fn an_app_that_comes_back_under_another_name_is_404_and_left_alone() {
    let app = TestApp::with("name: hook\n").await;
    deploy(&app, "flytesnacks", "hook", &["sleep", "1000"]).await;
    deploy(&app, "flytesnacks", "a-b", &["sleep", "1000"]).await;
    app.faults(&json!([
        {"method": "AppService/Get", "effect": {"type": "joined_app_names"}},
        {"method": "AppService/Update", "effect": {"type": "joined_app_names"}},
    ]))
    .await;
    let mut asked = 0;
    for name in ["hook", "a-b", "demo-echo"] {
        for (name, query) in aliases(name) {
            for (route, answer) in all_routes(&app, &name, &query).await {
                assert_eq!(answer.status, 404, "{name}{route}{query}: {}", answer.text);
                assert_eq!(answer.body["detail"], format!("App {name} not found"));
                asked += 1;
            }
        }
    }
    assert!(asked >= 500, "only {asked} requests");
    assert_eq!(updates(&app).await, 0);
    assert_eq!(
        app.get("/app/a-b").await.status,
        200,
        "the true name still leads there"
    );
}

/// Names in other cases, and other places to cut the joined name.
fn aliases(name: &str) -> Vec<(String, String)> {
    let same = |query: String| (name.to_owned(), query);
    let names = cases(name).into_iter().map(|it| (it, String::new()));
    let projects = cases("flytesnacks").into_iter();
    let domains = cases("development").into_iter();
    let cuts = name.split_once('-').map(|(head, tail)| {
        let query = format!("?project={tail}-flytesnacks");
        (head.to_owned(), query)
    });
    names
        .chain(projects.map(|it| same(format!("?project={it}"))))
        .chain(domains.map(|it| same(format!("?domain={it}"))))
        .chain(cuts)
        .collect()
}

/// Up to 48 ways to write some letters large, never none of them.
fn cases(text: &str) -> Vec<String> {
    let large = |mask: u32| -> String {
        let letters = text.chars().enumerate();
        letters
            .map(|(at, c)| {
                if mask >> (at % 6) & 1 == 1 {
                    c.to_ascii_uppercase()
                } else {
                    c
                }
            })
            .collect()
    };
    let mut cases: Vec<String> = (1..64).map(large).filter(|case| case != text).collect();
    cases.sort();
    cases.dedup();
    cases.truncate(48);
    cases
}

#[tokio::test]
async fn an_endpoint_that_is_this_server_is_not_called() {
    let app = TestApp::with(
        "name: hook\npublic_url: https://hooks.example.com\negress: {allow: [0.0.0.0/0, '::/0']}\n",
    )
    .await;
    let port = app.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "x.localhost",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
    ] {
        refused(&app, &format!("http://{host}:{port}")).await;
        refused(&app, &format!("https://{host}:{port}/base")).await;
    }
    for url in [
        "https://hooks.example.com",
        "http://hooks.example.com",
        "https://HOOKS.example.com.",
        "https://hooks.example.com:443/x",
        "http://hook-flytesnacks-development.localhost:30081",
        "https://hook-flytesnacks-development.apps.example.com",
        "http://Hook-Flytesnacks-Development.ns.svc.cluster.local",
    ] {
        refused(&app, url).await;
    }
}

async fn refused(app: &TestApp, url: &str) {
    apps_are_at(app, url).await;
    let answer = call(app, "path=/health", &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["detail"]),
        (400, &json!("Cannot call self")),
        "{url}: {}",
        answer.text
    );
}

/// A way back that no look at the endpoint shows.
#[tokio::test]
async fn a_call_that_comes_back_by_another_way_ends_at_once() {
    let app = TestApp::with(LOOPBACK).await;
    let forwarder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (here, there) = (forwarder.local_addr().unwrap(), app.address);
    spawn(async move {
        while let Ok((mut near, _)) = forwarder.accept().await {
            let mut far = TcpStream::connect(there).await.unwrap();
            spawn(async move { drop(copy_bidirectional(&mut near, &mut far).await) });
        }
    });
    apps_are_at(&app, &format!("http://{here}")).await;
    let answer = call(&app, "path=/health", &json!({})).await;
    assert_eq!(answer.status, 508, "{}", answer.text);
    assert_eq!(answer.body["source"], "app");
    assert!(
        answer.body["detail"]
            .as_str()
            .unwrap()
            .contains("come through this server before"),
        "{}",
        answer.text
    );
}
