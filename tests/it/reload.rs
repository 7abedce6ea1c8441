//! Another configuration while the server serves.

use std::{fs, os::unix::fs::symlink};

use reqwest::Method;
use serde_json::json;

use crate::{
    admin::{HASH, KEY},
    harness::{Answer, TOKEN, TestApp, client, spawn},
    platform::Platform,
    program::Program,
    rolling,
};

#[tokio::test]
async fn another_configuration_holds_from_the_next_request_on_an_open_connection() {
    let app = TestApp::with("title: before\n").await;
    // One client with one connection, which it keeps.
    let title = async || app.get("/openapi.json").await.body["info"]["title"].clone();
    assert_eq!(title().await, "before");
    for round in 0..20 {
        app.reconfigure(&format!("title: after {round}\n")).await;
        assert_eq!(title().await, format!("after {round}"));
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_by_what_began_it() {
    let app = TestApp::with("{}\n").await;
    app.faults(&json!([{"method": "*", "delay_ms": 300}])).await;
    app.forget().await;
    let me = app.anonymous(Method::GET, "/me");
    let asked = spawn(Answer::of(me.header("authorization", TOKEN)));
    while app.received().await["total"] == 0 {
        tokio::task::yield_now().await;
    }
    app.reconfigure("endpoints: [health]\n").await;
    let answer = app.get("/me").await;
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (404, Some("no_route"))
    );
    let answer = asked.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_request_that_waits_goes_on_waiting() {
    let app = TestApp::with("{}\n").await;
    let path = "/run-task/development/flytesnacks/demo.sleep?wait=30";
    let start = app.anonymous(Method::POST, path);
    let start = start.header("authorization", TOKEN);
    let asked = spawn(Answer::of(start.json(&json!({"seconds": 1}))));
    while app
        .received()
        .await
        .to_string()
        .matches("WatchActionDetails")
        .count()
        == 0
    {
        tokio::task::yield_now().await;
    }
    app.reconfigure("{}\n").await;
    let answer = asked.await.unwrap();
    assert_eq!(
        (answer.status, &answer.body["phase"]),
        (200, &json!("succeeded")),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_connection_is_kept_with_the_bounds_that_it_began_with() {
    let app = TestApp::with("{}\n").await;
    assert_eq!(app.get("/health").await.status, 200);
    app.reconfigure("limits: {max_uri_bytes: 1024}\n").await;
    let long = format!("/health?{}", "x".repeat(2_000));
    assert_eq!(app.get(&long).await.status, 200, "the open connection");
    let apart = client().get(app.url(&long));
    assert_eq!(Answer::of(apart).await.status, 414, "a new one");
}

/// Nothing but what matters, and a reload only where it is asked for.
const QUIET: &str = "telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

#[tokio::test]
async fn no_request_fails_while_servers_are_replaced() {
    let platform = Platform::start().await;
    let outcome = rolling::restarts(&platform.endpoint, QUIET, 4, 8, 500).await;
    assert_eq!(outcome.failures, [""; 0]);
    assert!(outcome.requests >= 2_500, "{}", outcome.requests);
}

#[tokio::test]
async fn the_clients_notice_a_server_that_stops_at_once() {
    let platform = Platform::start().await;
    let yaml = format!("{QUIET}server: {{drain_delay: 0s, shutdown_grace: 0s}}\n");
    let outcome = rolling::restarts(&platform.endpoint, &yaml, 2, 8, 500).await;
    assert_ne!(outcome.failures, [""; 0]);
}

#[tokio::test]
async fn no_request_fails_while_the_server_is_configured_anew() {
    let platform = Platform::start().await;
    let outcome = rolling::reloads(&platform.endpoint, QUIET, 50, 8, 20).await;
    assert_eq!(outcome.failures, [""; 0]);
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_in_the_words_of_config_check() {
    let platform = Platform::start().await;
    let server = Program::serve(&platform.endpoint, "title: before\n").await;
    server.rewrite("title: after\nserver:\n  prot: 80\n");
    server.hang_up();
    server.logged("The configuration is refused", 1).await;
    let log = server.log();
    let line = ":3:3: server.prot: is not a key; did you mean port?";
    assert!(log.contains(line), "{log}");
    server.rewrite("title: after\nserver: {port: 1}\nadmin: {port: 2}\n");
    server.hang_up();
    server.logged("read anew", 1).await;
    // The port of the command line wins over the file.
    assert!(
        !server.log().contains("server.port has changed"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn a_change_that_needs_a_restart_is_named() {
    let platform = Platform::start().await;
    let server = Program::serve(&platform.endpoint, "{}\n").await;
    server.rewrite("server: {drain_delay: 1s}\ntelemetry: {log_level: debug}\n");
    server.hang_up();
    server.logged("read anew", 1).await;
    for key in ["server.drain_delay", "telemetry.log_level"] {
        let words = format!("{key} has changed, which takes effect when the server is started");
        assert!(server.log().contains(&words), "{}", server.log());
    }
}

/// As Kubernetes does it: what is named is a link, and another directory takes the
/// place of the one where it leads.
#[tokio::test]
async fn a_file_that_changes_is_taken_over_without_a_signal_and_so_is_one_that_it_names() {
    let platform = Platform::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (data, key) = (folder.path().join("..data"), folder.path().join("hash"));
    let point_at = |name: &str, hash: &str| {
        let target = folder.path().join(name);
        fs::create_dir(&target).unwrap();
        fs::write(target.join("hash"), hash).unwrap();
        let fresh = folder.path().join("fresh");
        symlink(&target, &fresh).unwrap();
        fs::rename(fresh, &data).unwrap();
    };
    point_at("first", &"0".repeat(64));
    symlink(data.join("hash"), &key).unwrap();
    let yaml = format!(
        "server: {{check_files: 20ms}}\n\
         admin: {{on_main_port: true, tokens: [{{id: a, hash_file: {}}}]}}\n",
        key.display()
    );
    let server = Program::serve(&platform.endpoint, &yaml).await;
    let ask = async || {
        let url = format!("http://{}/api/nothing", server.address);
        let request = client().get(url).bearer_auth(KEY);
        Answer::of(request).await.status
    };
    assert_eq!(ask().await, 401);
    point_at("second", HASH);
    server.logged("read anew", 1).await;
    assert_eq!(ask().await, 404);
    fs::remove_file(&key).unwrap();
    server.logged("is refused", 1).await;
    assert!(
        server
            .log()
            .contains("admin.tokens[0].hash_file: names a file that cannot be read")
    );
    assert_eq!(ask().await, 404);
    symlink(data.join("hash"), &key).unwrap();
    server.logged("read anew", 2).await;
    server.rewrite(&format!("{yaml}title: after\n"));
    server.logged("read anew", 3).await;
}

#[tokio::test]
async fn what_was_replaced_leaves_no_file_open() {
    let server = Program::serve("http://127.0.0.1:9", QUIET).await;
    let reload = async |times| {
        server.hang_up();
        server.logged("read anew", times).await;
    };
    // What the first needs for good is no growth.
    reload(1).await;
    let before = server.open_files();
    for times in 2..20 {
        reload(times).await;
    }
    assert_eq!(server.open_files(), before);
}
