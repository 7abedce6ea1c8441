//! More requests at once than there are places for.

use reqwest::Method;
use serde_json::{Value, json};

use super::{body, get, stick, token};
use crate::harness::{Answer, TestApp, raw};

fn overloaded() -> Value {
    json!({
        "detail": "limits.max_requests_in_flight requests are being handled; try again later",
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "overloaded",
        "source": "webhook",
        "retryable": true,
    })
}

#[tokio::test]
async fn one_more_than_there_are_places_is_refused_before_anything_of_it_is_read() {
    let app = TestApp::with("limits: {max_requests_in_flight: 2}\n").await;
    let _stuck = stick(&app, 2).await;
    let answer = get(&app, "other", "/me").await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(body(&answer), overloaded());
    // Neither credentials nor a body have come, and it is refused all the same.
    let begun = "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
                 connection: close\r\ncontent-length: 1000\r\n\r\n{";
    let answer = raw(&app, begun).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn a_stuck_control_plane_holds_up_neither_health_nor_the_documentation() {
    let app = TestApp::with("limits: {max_requests_in_flight: 2}\n").await;
    let _stuck = stick(&app, 2).await;
    for path in ["/health", "/docs", "/openapi.json", "/docs/swagger-ui.css"] {
        let open = app.anonymous(Method::GET, path);
        let answer = Answer::of(open.timeout(std::time::Duration::from_secs(2))).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    assert_eq!(get(&app, "other", "/me").await.status, 503);
}

#[tokio::test]
async fn a_place_is_free_again_when_its_request_is_answered_or_given_up() {
    let app = TestApp::with("limits: {max_requests_in_flight: 1}\n").await;
    for _ in 0..50 {
        assert_eq!(get(&app, "other", "/me").await.status, 200);
        assert_eq!(get(&app, "other", "/nothing").await.status, 404);
    }
    for stuck in stick(&app, 1).await {
        assert_eq!(get(&app, "other", "/me").await.status, 503);
        stuck.abort();
    }
    for _ in 0..2_000 {
        if get(&app, "other", "/me").await.status == 200 {
            return;
        }
    }
    panic!("the place of a request that was given up is never free");
}

#[tokio::test]
async fn a_path_that_only_looks_like_an_open_one_needs_a_place() {
    let app = TestApp::with("limits: {max_requests_in_flight: 1}\n").await;
    let _stuck = stick(&app, 1).await;
    for path in [
        "/health/",
        "//health",
        "/docsx",
        "/health%2F",
        "/app/health",
    ] {
        let request = app.anonymous(Method::GET, path);
        let answer = Answer::of(request.header("authorization", token("other"))).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text);
    }
}
