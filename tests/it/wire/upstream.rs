//! A control plane that refuses, stalls or answers nonsense.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, TestApp};

/// Fails every call in this way.
async fn failing(app: &TestApp, effect: Value) {
    app.faults(&json!([{"method": "*", "effect": effect}]))
        .await;
}

/// One request to each of the six routes that ask the control plane.
async fn all_routes(app: &TestApp) -> Vec<(&'static str, Answer)> {
    const TASK: &str = "/task/development/flytesnacks/demo.hello";
    const START: &str = "/run-task/development/flytesnacks/demo.hello";
    vec![
        ("me", app.get("/me").await),
        ("get_task", app.get(TASK).await),
        ("get_run", app.get("/run/none").await),
        ("get_run_io", app.get("/run/none/io").await),
        ("abort_run", app.post("/run/none/abort", &json!(null)).await),
        ("run_task", app.post(START, &json!({})).await),
    ]
}

#[tokio::test]
async fn every_code_has_its_status_and_the_words_stay_here() {
    let app = TestApp::start().await;
    for (code, status) in [
        ("unauthenticated", 401),
        ("permission_denied", 403),
        ("invalid_argument", 400),
        ("already_exists", 409),
        ("failed_precondition", 409),
        ("resource_exhausted", 429),
        ("unavailable", 503),
        ("deadline_exceeded", 504),
        ("unimplemented", 501),
        ("internal", 502),
        ("unknown", 502),
        ("data_loss", 502),
        ("aborted", 502),
        ("canceled", 502),
        ("out_of_range", 502),
    ] {
        let effect = json!({"type": "error", "code": code, "message": "db-7.internal said no", "retry_after": 7});
        failing(&app, effect).await;
        let answer = app.get("/me").await;
        assert_eq!(answer.status, status, "{code}: {}", answer.text);
        assert_eq!(answer.body["source"], "control_plane");
        assert_eq!(answer.body["retryable"], matches!(status, 429 | 503 | 504));
        assert_eq!(answer.header("retry-after"), "7", "{code}");
        assert!(!answer.text.contains("db-7"), "{}", answer.text);
        assert_eq!(
            answer.header("www-authenticate"),
            if status == 401 { "Bearer" } else { "" }
        );
    }
    failing(&app, json!({"type": "error", "code": "not_found"})).await;
    for (route, answer) in all_routes(&app).await {
        assert_eq!(answer.status, 404, "{route}: {}", answer.text);
    }
}

#[tokio::test]
async fn nonsense_is_502_on_every_route() {
    let app = TestApp::start().await;
    for effect in ["garbage", "html", "oversized", "gzip_bomb"] {
        failing(&app, json!({"type": effect})).await;
        for (route, answer) in all_routes(&app).await {
            assert_eq!(answer.status, 502, "{effect} {route}: {}", answer.text);
            assert_eq!(answer.body["code"], "bad_answer");
        }
    }
}

#[tokio::test]
async fn a_message_under_another_media_type_is_none() {
    let app = TestApp::start().await;
    failing(&app, json!({"type": "wrong_content_type"})).await;
    let answer = app.get("/me").await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (502, &json!("bad_answer"))
    );
}

#[tokio::test]
async fn what_never_answers_is_504_by_the_deadline() {
    let limits = "limits: {connect_timeout: 100ms, upstream_timeout: 300ms, request_timeout: 2s}\n";
    let app = TestApp::with(limits).await;
    for effect in [
        json!({"type": "black_hole"}),
        json!({"type": "slow_drip", "interval_ms": 5000}),
    ] {
        failing(&app, effect.clone()).await;
        for (route, answer) in all_routes(&app).await {
            assert_eq!(answer.status, 504, "{effect} {route}: {}", answer.text);
        }
        let started = Instant::now();
        assert_eq!(app.get("/me").await.status, 504);
        assert!(
            started.elapsed() < Duration::from_millis(1500),
            "{:?}",
            started.elapsed()
        );
    }
}

#[tokio::test]
async fn reads_are_repeated_where_the_control_plane_fails() {
    let app = TestApp::start().await;
    for code in ["unavailable", "internal", "unknown"] {
        let twice = json!([{"method": "IdentityService/UserInfo", "count": 2,
            "effect": {"type": "error", "code": code}}]);
        app.faults(&twice).await;
        app.forget().await;
        assert_eq!(app.get("/me").await.status, 200);
        assert_eq!(
            app.received().await["counts"]["IdentityService/UserInfo"],
            3
        );
    }
    for code in ["unauthenticated", "data_loss", "resource_exhausted"] {
        failing(&app, json!({"type": "error", "code": code})).await;
        app.forget().await;
        app.get("/me").await;
        assert_eq!(
            app.received().await["counts"]["IdentityService/UserInfo"],
            1,
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_is_looked_up_and_not_started_twice() {
    let app = TestApp::start().await;
    for effect in ["answer_lost", "reset", "cut_body"] {
        app.faults(
            &json!([{"method": "RunService/CreateRun", "count": 1, "effect": {"type": effect}}]),
        )
        .await;
        app.forget().await;
        let run = app.start_run("demo.hello", &json!({})).await;
        assert_eq!(app.ended(&run).await["phase"], "succeeded");
        let counts = app.received().await["counts"].clone();
        let expected = if effect == "reset" { 2 } else { 1 };
        assert_eq!(
            counts["RunService/CreateRun"], expected,
            "{effect}: {counts}"
        );
    }
}

#[tokio::test]
async fn a_run_that_may_have_been_started_is_named_and_not_to_be_retried() {
    let limits = "limits: {connect_timeout: 100ms, upstream_timeout: 400ms}\n";
    let app = TestApp::with(limits).await;
    app.faults(&json!([
        {"method": "RunService/CreateRun", "effect": {"type": "answer_lost"}},
        {"method": "RunService/GetRunDetails", "effect": {"type": "black_hole"}},
    ]))
    .await;
    let path = "/run-task/development/flytesnacks/demo.hello";
    let answer = app.post(path, &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["retryable"]),
        (503, &json!(false))
    );
    let detail = answer.body["detail"].as_str().unwrap();
    let run = detail.split("look for run ").nth(1).unwrap();
    let run = run.split(' ').next().unwrap();
    app.faults(&json!([])).await;
    assert_eq!(app.ended(run).await["phase"], "succeeded");
}

#[tokio::test]
async fn a_token_that_the_control_plane_repeats_reaches_nobody() {
    let app = TestApp::start().await;
    for code in [
        "unauthenticated",
        "permission_denied",
        "invalid_argument",
        "internal",
    ] {
        failing(&app, json!({"type": "echo_token", "code": code})).await;
        for (route, answer) in all_routes(&app).await {
            assert!(
                !answer.text.contains(&TOKEN[7..20]),
                "{code} {route}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn an_outage_does_not_touch_health() {
    let app = TestApp::start().await;
    failing(&app, json!({"type": "black_hole"})).await;
    let health = app.anonymous(reqwest::Method::GET, "/health");
    let answer = tokio::time::timeout(Duration::from_secs(1), Answer::of(health)).await;
    assert_eq!(answer.expect("at once").status, 200);
}
