//! Faults: each one as a client meets it.

use std::time::{Duration, Instant};

use connectrpc::{ErrorCode, Protocol};
use flyte_idl::flyteidl2::common::ActionPhase;
use futures::StreamExt;
use serde_json::{Value, json};

use super::bench::{ControlPlane, TOKEN, create};

const METHOD: &str = "ProjectService/ListProjects";

/// A call whose answer is read as raw bytes.
async fn call(control_plane: &ControlPlane) -> Result<reqwest::Response, reqwest::Error> {
    let url = control_plane.url("/flyteidl2.project.ProjectService/ListProjects");
    let request = control_plane.http.post(url).header("authorization", TOKEN);
    request
        .header("content-type", "application/proto")
        .send()
        .await
}

async fn with(effect: Value) -> ControlPlane {
    ControlPlane::start_with_faults(json!([{"method": METHOD, "effect": effect}])).await
}

#[tokio::test]
async fn an_error_speaks_the_protocol_of_the_call() {
    let rules = json!([{"method": "RunService/CreateRun", "effect":
        {"type": "error", "code": "unavailable", "message": "later", "retry_after": 7}}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    for protocol in [Protocol::Connect, Protocol::Grpc, Protocol::GrpcWeb] {
        let client = control_plane.runs_over(protocol);
        let error = client
            .create_run(create("a", "demo.hello"))
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, error.message.as_deref()),
            (ErrorCode::Unavailable, Some("later"))
        );
        assert_eq!(error.response_headers().get("retry-after").unwrap(), "7");
    }
    assert_eq!(
        control_plane.try_run("b", "demo.hello").await,
        Err(ErrorCode::Unavailable)
    );
}

#[tokio::test]
async fn a_fault_befalls_one_caller_and_as_many_calls_as_it_says() {
    let rules = json!([{"method": "*", "caller": "jo", "count": 2, "effect":
        {"type": "error", "code": "permission_denied"}}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    let url = control_plane.url("/flyteidl2.project.ProjectService/ListProjects");
    let other = control_plane
        .http
        .post(&url)
        .header("content-type", "application/proto");
    assert_eq!(other.send().await.unwrap().status(), 200);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(call(&control_plane).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [403, 403, 200]);
}

#[tokio::test]
async fn a_delay_is_kept() {
    let rules = json!([{"method": METHOD, "delay_ms": 150}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    let started = Instant::now();
    assert_eq!(call(&control_plane).await.unwrap().status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn answers_that_are_none_have_status_200() {
    let control_plane = with(json!({"type": "garbage"})).await;
    let garbage = call(&control_plane).await.unwrap();
    assert_eq!(
        (
            garbage.status().as_u16(),
            &garbage.headers()["content-type"]
        ),
        (200, &"application/proto".parse().unwrap())
    );
    assert_eq!(
        &garbage.bytes().await.unwrap()[..],
        b"\xff\xfe\x00garbage\x80"
    );
    let control_plane = with(json!({"type": "html"})).await;
    let html = call(&control_plane).await.unwrap();
    assert_eq!(
        (html.status().as_u16(), &html.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    let control_plane = with(json!({"type": "wrong_content_type"})).await;
    let wrong = call(&control_plane).await.unwrap();
    assert_eq!(
        (wrong.status().as_u16(), &wrong.headers()["content-type"]),
        (200, &"text/plain".parse().unwrap())
    );
    assert!(!wrong.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_can_be_too_large_or_inflate_to_it() {
    let control_plane = with(json!({"type": "oversized", "bytes": 5_000_000})).await;
    assert_eq!(
        call(&control_plane)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .len(),
        5_000_000
    );
    let control_plane = with(json!({"type": "gzip_bomb", "bytes": 5_000_000})).await;
    let bomb = call(&control_plane).await.unwrap();
    assert_eq!(bomb.headers()["content-encoding"], "gzip");
    assert!(bomb.bytes().await.unwrap().len() < 50_000);
}

#[tokio::test]
async fn an_answer_can_be_cut_or_drip() {
    let whole = call(&ControlPlane::start().await)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .len();
    let control_plane = with(json!({"type": "cut_body"})).await;
    let cut = call(&control_plane).await.unwrap();
    assert_eq!(cut.content_length(), Some(whole as u64));
    let mut received = 0;
    let mut stream = cut.bytes_stream();
    let broken = loop {
        match stream.next().await {
            Some(Ok(bytes)) => received += bytes.len(),
            other => break matches!(other, Some(Err(_))),
        }
    };
    assert_eq!((received, broken), (whole / 2, true));
    let control_plane = with(json!({"type": "slow_drip", "interval_ms": 1})).await;
    let chunks: Vec<_> = call(&control_plane)
        .await
        .unwrap()
        .bytes_stream()
        .collect()
        .await;
    assert!(chunks.len() > 1 && chunks.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_connection_can_be_closed_or_say_nothing() {
    let control_plane = with(json!({"type": "reset"})).await;
    assert!(call(&control_plane).await.is_err());
    let control_plane = with(json!({"type": "black_hole"})).await;
    let answer = tokio::time::timeout(Duration::from_millis(300), call(&control_plane)).await;
    assert!(answer.is_err(), "it answered");
    let started = Instant::now();
    control_plane.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_error_can_hold_the_callers_token() {
    let control_plane = with(json!({"type": "echo_token", "code": "internal"})).await;
    let body = call(&control_plane).await.unwrap().text().await.unwrap();
    assert_eq!(
        body,
        json!({"code": "internal", "message": format!("invalid token: {TOKEN}")}).to_string()
    );
}

#[tokio::test]
async fn a_run_can_be_stored_and_never_enqueued_until_it_is_sent_again() {
    let rules = json!([{"method": "RunService/CreateRun", "count": 1, "effect": {"type": "never_enqueued"}}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    control_plane.run("stuck", "demo.hello").await;
    // Another run passes it, so it was not merely slow.
    control_plane.run("other", "demo.hello").await;
    control_plane
        .until("other", "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
        .await;
    let stuck = control_plane.details("stuck").await;
    assert_eq!(
        (stuck.status.phase.as_known(), stuck.attempts.len()),
        (Some(ActionPhase::ACTION_PHASE_QUEUED), 0)
    );
    control_plane.run("stuck", "demo.hello").await;
    control_plane
        .until("stuck", "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
        .await;
}

#[tokio::test]
async fn a_call_can_do_its_work_and_lose_its_answer() {
    let rules =
        json!([{"method": "RunService/CreateRun", "count": 1, "effect": {"type": "answer_lost"}}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    assert!(control_plane.try_run("lost", "demo.hello").await.is_err());
    control_plane
        .until("lost", "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
        .await;
    control_plane.run("lost", "demo.hello").await;
    assert_eq!(control_plane.details("lost").await.status.attempts, 1);
}

#[tokio::test]
async fn uploads_can_fail_too() {
    let rules = json!([{"method": "Objects/Put", "effect": {"type": "reset"}}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    let put = control_plane
        .http
        .put(control_plane.url("/data/objects/x"))
        .send()
        .await;
    assert!(put.is_err());
}

#[tokio::test]
async fn rules_are_set_shown_and_removed_while_it_runs() {
    let control_plane = ControlPlane::start().await;
    let rule = json!({"method": METHOD, "delay_ms": 0, "count": 2, "effect": {"type": "error", "code": "aborted", "message": ""}});
    control_plane.set_faults(json!([rule])).await;
    assert_eq!(call(&control_plane).await.unwrap().status(), 409);
    let url = control_plane.url("/_dev/faults");
    let show = async || {
        let response = control_plane.http.get(&url).send().await.unwrap();
        serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap()
    };
    let mut shown = rule.clone();
    shown["hits"] = json!(1);
    shown["left"] = json!(1);
    assert_eq!(show().await, json!({"rules": [shown]}));
    assert_eq!(
        control_plane
            .http
            .delete(&url)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(show().await, json!({"rules": []}));
    assert_eq!(call(&control_plane).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_wrong_rule_is_refused_and_changes_nothing() {
    let control_plane = with(json!({"type": "error", "code": "aborted"})).await;
    for (body, detail) in [
        (
            json!({"rules": [{"method": "ProjectService/ListProject", "delay_ms": 1}]}),
            "rule 0: there is no method `ProjectService/ListProject`; did you mean \
             `ProjectService/ListProjects`? `*` is all",
        ),
        (
            json!({"rules": [{"method": "*", "delay": 1}]}),
            "rules[0].delay: unknown field `delay`, expected one of `method`, `caller`, \
             `delay_ms`, `effect`, `count`, `probability` at line 1 column 31",
        ),
        (
            json!({"rules": [{"method": "*", "effect": {"type": "error", "code": "teapot"}}]}),
            "rules[0].effect: `teapot` is no Connect code; write one such as `unavailable` at \
             line 1 column 66",
        ),
    ] {
        let request = control_plane.http.put(control_plane.url("/_dev/faults"));
        let response = request.body(body.to_string()).send().await.unwrap();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(answer, json!({ "detail": detail }));
    }
    assert_eq!(call(&control_plane).await.unwrap().status(), 409);
}

#[tokio::test]
async fn an_error_of_a_link_is_plain_http() {
    let effect =
        json!({"type": "error", "code": "unavailable", "message": "later", "retry_after": 7});
    let rules = json!([{"method": "Objects/Put", "effect": effect}]);
    let control_plane = ControlPlane::start_with_faults(rules).await;
    let url = control_plane.url("/data/objects/x");
    let put = control_plane.http.put(&url).send().await.unwrap();
    assert_eq!(
        (put.status().as_u16(), &put.headers()["retry-after"]),
        (503, &"7".parse().unwrap())
    );
    assert_eq!(put.text().await.unwrap(), "later\n");
    let get = control_plane.http.get(&url).send().await.unwrap();
    assert_eq!(get.status(), 400);
}
