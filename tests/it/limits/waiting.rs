//! Requests that wait have places of their own.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{body, get, of, received};
use crate::harness::{Answer, TestApp, spawn};

const WATCH: &str = "RunService/WatchActionDetails";
const CREATE: &str = "RunService/CreateRun";
const START: &str = "/run-task/development/flytesnacks/demo.sleep";

fn too_many() -> Value {
    json!({
        "detail": "limits.max_waiting_requests requests wait, and nothing was started; \
                   try again later, or without waiting",
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "too_many_waiting",
        "source": "webhook",
        "retryable": true,
    })
}

async fn abort(app: &TestApp, run: &str) {
    let path = format!("/run/{run}/abort?reason=enough");
    assert_eq!(app.post(&path, &Value::Null).await.status, 200);
}

#[tokio::test]
async fn those_who_wait_leave_their_places_to_others_and_one_more_starts_nothing() {
    let yaml = "endpoint_groups: [all]\ncompat: {guide_routes: true}\n\
                limits: {max_requests_in_flight: 1, max_waiting_requests: 2}\n";
    let app = TestApp::with(yaml).await;
    let long = json!({"seconds": 600.0});
    let run = app.start_run("demo.sleep", &long).await;
    app.forget().await;
    let path = format!("/run/{run}?wait=200");
    let mut waiting = Vec::new();
    for (name, watches) in [("a", 1), ("b", 2)] {
        let request = of(&app, name, Method::GET, &path);
        waiting.push(spawn(Answer::of(request)));
        received(&app, WATCH, watches).await;
    }
    // The only place is free.
    let open = get(&app, "c", &format!("/run/{run}")).await;
    assert_eq!((open.status, &open.body["done"]), (200, &json!(false)));
    let more = [
        of(&app, "c", Method::GET, &path),
        of(&app, "c", Method::POST, &format!("{START}?wait=5")).json(&long),
        of(&app, "c", Method::POST, START)
            .header("prefer", "wait=5")
            .json(&long),
        of(
            &app,
            "c",
            Method::POST,
            "/run-task-and-wait/flytesnacks/development/demo.hello/v1",
        )
        .json(&json!({})),
        of(
            &app,
            "c",
            Method::POST,
            "/app/demo-echo/deactivate?wait=true",
        ),
    ];
    for request in more {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(body(&answer), too_many());
    }
    let counts = app.received().await["counts"].clone();
    assert_eq!(
        (&counts[CREATE], &counts["AppService/Update"]),
        (&Value::Null, &Value::Null)
    );
    // Who does not want to wait needs no place for it.
    let at_once = get(&app, "c", &format!("/run/{run}?wait=0")).await;
    assert_eq!(at_once.status, 202, "{}", at_once.text);
    abort(&app, &run).await;
    for answer in join_all(waiting).await {
        assert_eq!(answer.unwrap().status, 424);
    }
    // Nor who asks for a run that has ended.
    assert_eq!(get(&app, "c", &path).await.status, 424);
}

#[tokio::test]
async fn a_place_to_wait_is_free_again_when_the_waiting_is_over() {
    let app = TestApp::with("limits: {max_waiting_requests: 1}\n").await;
    let hello = "/run-task/development/flytesnacks/demo.hello?wait=60";
    for _ in 0..5 {
        let answer = app.post(hello, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn without_places_to_wait_nobody_waits() {
    let app = TestApp::with("limits: {max_waiting_requests: 0}\n").await;
    let hello = "/run-task/development/flytesnacks/demo.hello";
    let answer = app.post(&format!("{hello}?wait=60"), &json!({})).await;
    assert_eq!((answer.status, body(&answer)), (503, too_many()));
    assert_eq!(app.post(hello, &json!({})).await.status, 200);
}
