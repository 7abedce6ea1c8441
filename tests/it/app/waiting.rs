//! Starting and stopping, and waiting until it is done.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{deploy, updates};
use crate::harness::TestApp;

#[tokio::test]
async fn the_answer_after_a_wait_is_the_state_after_it() {
    let app = TestApp::start().await;
    let url = app.get("/app/demo-echo").await.body["url"].clone();
    for _ in 0..3 {
        let stopped = app
            .post("/app/demo-echo/deactivate?wait=true", &json!(null))
            .await;
        assert_eq!(stopped.status, 200, "{}", stopped.text);
        assert_eq!(
            stopped.body,
            json!({"name": "demo-echo", "is_active": false, "is_deactivated": true, "url": url})
        );
        let started = app
            .post("/app/demo-echo/activate?wait=true", &json!(null))
            .await;
        assert_eq!(started.status, 200, "{}", started.text);
        let endpoint = app.get("/app/demo-echo").await.body["endpoint"].clone();
        assert_eq!(
            started.body,
            json!({"name": "demo-echo", "is_active": true, "endpoint": endpoint, "url": url})
        );
    }
}

#[tokio::test]
async fn an_app_that_is_there_already_is_not_changed() {
    let app = TestApp::start().await;
    assert_eq!(
        app.post("/app/demo-echo/activate", &json!(null)).await.body["is_active"],
        true
    );
    assert_eq!(updates(&app).await, 0);
    app.post("/app/demo-echo/deactivate?wait=1", &json!(null))
        .await;
    app.post("/app/demo-echo/deactivate", &json!(null)).await;
    assert_eq!(updates(&app).await, 1);
}

#[tokio::test]
async fn a_watch_that_breaks_or_does_not_exist_is_got_around() {
    let app = TestApp::start().await;
    for effect in [
        json!({"type": "error", "code": "unimplemented"}),
        json!({"type": "error", "code": "unavailable"}),
        json!({"type": "reset"}),
        json!({"type": "html"}),
    ] {
        app.faults(&json!([{"method": "AppService/Watch", "effect": effect}]))
            .await;
        for (verb, member) in [("deactivate", "is_deactivated"), ("activate", "is_active")] {
            let answer = app
                .post(&format!("/app/demo-echo/{verb}?wait=true"), &json!(null))
                .await;
            assert_eq!(
                (answer.status, &answer.body[member]),
                (200, &json!(true)),
                "{effect}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn an_app_that_fails_to_start_is_502() {
    let app = TestApp::start().await;
    deploy(
        &app,
        "flytesnacks",
        "broken",
        &["/bin/sh", "-c", "sleep 0.3; exit 3"],
    )
    .await;
    let answer = app
        .post("/app/broken/activate?wait=true", &json!(null))
        .await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (502, &json!("app_failed")),
        "{}",
        answer.text
    );
    assert_eq!(
        answer.body["detail"],
        "Failed to activate app broken: App deployment for app broken has failed!"
    );
    // The failure of before says nothing about the next start.
    let again = app
        .post("/app/broken/activate?wait=true", &json!(null))
        .await;
    assert_eq!(again.body["code"], "app_failed", "{}", again.text);
    assert_eq!(updates(&app).await, 2);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_504_and_the_app_goes_on() {
    let app = TestApp::with("limits: {max_wait: 400ms}\n").await;
    deploy(
        &app,
        "flytesnacks",
        "slow",
        &["/bin/sh", "-c", "exec sleep 1000"],
    )
    .await;
    let started = Instant::now();
    let answer = app.post("/app/slow/activate?wait=true", &json!(null)).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (504, &json!("app_wait_timeout")),
        "{}",
        answer.text
    );
    assert_eq!(answer.body["retryable"], true);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    let state = app.get("/app/slow").await.body;
    assert_eq!(
        (&state["is_active"], &state["is_deactivated"]),
        (&json!(false), &json!(false))
    );
}

/// Waiting takes longer than a request may.
#[tokio::test]
async fn a_wait_may_last_longer_than_other_requests() {
    let app =
        TestApp::with("limits: {body_timeout: 1s, connect_timeout: 1s, upstream_timeout: 1s, request_timeout: 1s}\n")
            .await;
    deploy(
        &app,
        "flytesnacks",
        "late",
        &["/bin/sh", "-c", "sleep 2; exit 1"],
    )
    .await;
    let answer = app.post("/app/late/activate?wait=true", &json!(null)).await;
    assert_eq!(answer.body["code"], "app_failed", "{}", answer.text);
}
