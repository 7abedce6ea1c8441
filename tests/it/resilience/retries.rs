//! How often a call that failed is made again, and when.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{asked, fail, me};
use crate::harness::TestApp;

#[tokio::test]
async fn all_requests_together_make_a_fifth_more_calls_than_there_are_requests() {
    let app = TestApp::with("limits: {circuit_failures: 0}\n").await;
    fail(&app, None, json!({"type": "error", "code": "unavailable"})).await;
    app.forget().await;
    for _ in 0..200 {
        assert_eq!(me(&app, "a").await.status, 503);
    }
    // Ten retries that are there at first, and a fifth of the requests.
    assert_eq!(asked(&app).await, 200 + 10 + 40);
}

#[tokio::test]
async fn nothing_is_made_again_without_a_budget() {
    let app = TestApp::with("limits: {retry_percent: 0}\n").await;
    let once = json!([{"method": "*", "count": 1, "effect": {"type": "reset"}}]);
    app.faults(&once).await;
    app.forget().await;
    assert_eq!(me(&app, "a").await.status, 503);
    assert_eq!(asked(&app).await, 1);
}

#[tokio::test]
async fn the_start_of_a_run_is_paid_from_the_same_budget() {
    let app = TestApp::with("limits: {retry_percent: 0}\n").await;
    let once = json!([{"method": "RunService/CreateRun", "count": 1,
        "effect": {"type": "error", "code": "unavailable"}}]);
    app.faults(&once).await;
    app.forget().await;
    let path = "/run-task/development/flytesnacks/demo.hello";
    let answer = app.post(path, &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("unavailable"))
    );
    let counts = app.received().await["counts"].clone();
    assert_eq!(counts["RunService/CreateRun"], 1);
}

#[tokio::test]
async fn no_call_is_made_again_before_the_control_plane_wants_it() {
    let app = TestApp::start().await;
    let unavailable =
        |seconds: u32| json!({"type": "error", "code": "unavailable", "retry_after": seconds});
    let once = json!([{"method": "*", "count": 1, "effect": unavailable(1)}]);
    app.faults(&once).await;
    app.forget().await;
    let started = Instant::now();
    assert_eq!(me(&app, "a").await.status, 200);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(asked(&app).await, 2);
    // That is too long to keep a caller, who is told instead.
    fail(&app, None, unavailable(30)).await;
    let answer = me(&app, "a").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "30"));
    assert_eq!(asked(&app).await, 1);
}
