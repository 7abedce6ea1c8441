//! What an app may answer, and what becomes of it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpListener;

use super::{LOOPBACK, apps_are_at, call, target::Target};
use crate::harness::{Answer, TestApp};

async fn answered(app: &TestApp, answer: impl Into<Vec<u8>>) -> Answer {
    let target = Target::answering(answer).await;
    apps_are_at(app, &target.url()).await;
    call(app, "path=/x", &json!({})).await
}

#[tokio::test]
async fn redirects_are_reported_and_not_followed() {
    let app = TestApp::with(LOOPBACK).await;
    let mut canary = Target::json("200 OK", "{\"secret\":1}").await;
    for status in [301, 302, 303, 307, 308, 300, 399] {
        for location in [
            canary.url(),
            format!("//{}", canary.address),
            "/x".to_owned(),
            "file:///etc/passwd".to_owned(),
            String::new(),
        ] {
            let head = format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\nset-cookie: a=b\r\ncontent-length: 4\r\n\r\nhere"
            );
            let answer = answered(&app, head).await;
            assert_eq!(answer.status, status, "{location}: {}", answer.text);
            assert_eq!(answer.body["detail"], "Target app returned error: here");
            assert_eq!(
                (&answer.body["code"], &answer.body["source"]),
                (&json!("app_redirect"), &json!("app"))
            );
            assert_eq!(
                (answer.header("location"), answer.header("set-cookie")),
                ("", "")
            );
            assert_eq!(canary.requests(), [""; 0], "{status} {location}");
        }
    }
}

#[tokio::test]
async fn a_status_that_is_no_answer_is_not_passed_on() {
    let app = TestApp::with(LOOPBACK).await;
    for head in [
        "101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x",
        "600 X\r\ncontent-length: 0",
        "999 X\r\ncontent-length: 0",
    ] {
        let answer = answered(&app, format!("HTTP/1.1 {head}\r\n\r\n")).await;
        assert_eq!(answer.status, 502, "{head}: {}", answer.text);
        assert_eq!(answer.body["code"], "app_bad_answer", "{head}");
    }
}

#[tokio::test]
async fn an_apps_own_error_keeps_its_status_and_its_words() {
    let app = TestApp::with(LOOPBACK).await;
    for status in [400, 401, 403, 404, 405, 418, 422, 429, 500, 503, 599] {
        let answer = answered(
            &app,
            format!("HTTP/1.1 {status} X\r\nx-secret: 1\r\ncontent-length: 8\r\n\r\n{{\"a\":1}}\n"),
        )
        .await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(
            answer.body["detail"],
            "Target app returned error: {\"a\":1}\n"
        );
        assert_eq!(answer.body["source"], "app");
        assert_eq!(answer.body["code"], "app_error");
        assert_eq!(answer.header("x-secret"), "");
    }
    let long = "é".repeat(10_000);
    let head = "HTTP/1.1 500 X\r\ncontent-length: 20000\r\n\r\n";
    let cut = answered(&app, format!("{head}{long}")).await;
    let told = format!("Target app returned error: {}", "é".repeat(8 << 10));
    assert_eq!(cut.body["detail"], told);
    let unchanged = answered(&app, "HTTP/1.1 304 Not Modified\r\n\r\n").await;
    assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    let binary = answered(
        &app,
        b"HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec(),
    )
    .await;
    assert_eq!(
        binary.body["detail"],
        "Target app returned error: \u{fffd}\u{fffd}"
    );
}

#[tokio::test]
async fn a_success_is_200_with_json() {
    let app = TestApp::with(LOOPBACK).await;
    for (status, body, expected) in [
        (
            "200 OK",
            "{\"b\":1,\"a\":[1.0,null]}",
            "{\"b\":1,\"a\":[1.0,null]}",
        ),
        ("201 Created", "5", "5"),
        ("202 Accepted", "null", "null"),
        ("200 OK", "NaN", "\"NaN\""),
        ("200 OK", "hello", "{\"response\":\"hello\"}"),
        ("200 OK", "", "{\"response\":\"\"}"),
    ] {
        let head = format!(
            "HTTP/1.1 {status}\r\nset-cookie: a=b\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = answered(&app, head).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (200, expected),
            "{body}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("set-cookie"), "");
    }
    let none = answered(&app, "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(
        (none.status, none.text.as_str()),
        (200, "{\"response\":\"\"}")
    );
}

#[tokio::test]
async fn what_is_no_text_or_no_http_is_502() {
    let app = TestApp::with(LOOPBACK).await;
    let many_headers = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(100_000));
    let cases: [(&str, Vec<u8>); 8] = [
        ("binary", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec()),
        ("gzip", b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00".to_vec()),
        ("nothing", Vec::new()),
        ("no http", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("cut", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc".to_vec()),
        ("bad chunk", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec()),
        ("headers", many_headers.into_bytes()),
        ("bad length", b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_vec()),
    ];
    for (name, answer) in cases {
        let answer = answered(&app, answer).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (502, &json!("app_bad_answer")),
            "{name}: {}",
            answer.text
        );
        assert_eq!(answer.body["source"], "app");
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_is_502_announced_or_not() {
    let app = TestApp::with(&format!(
        "{LOOPBACK}call_app: {{max_response_bytes: 1000}}\n"
    ))
    .await;
    let within = answered(&app, format!("HTTP/1.1 200 OK\r\n\r\n{}", "1".repeat(1000))).await;
    assert_eq!(within.status, 200, "{}", within.text);
    for head in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 500 X\r\n\r\n",
    ] {
        let answer = answered(&app, format!("{head}{}", "1".repeat(2_000_000))).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (502, &json!("app_answer_too_large")),
            "{head}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn an_app_that_does_not_answer_in_time_is_504_and_each_has_its_own() {
    let yaml = format!(
        "{LOOPBACK}call_app: {{timeout: 20s, apps: [{{app: demo-echo, timeout: 300ms}}]}}\n"
    );
    let app = TestApp::with(&yaml).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    apps_are_at(&app, &format!("http://{}", silent.local_addr().unwrap())).await;
    let started = Instant::now();
    let answer = call(&app, "path=/x", &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (504, &json!("app_timeout")),
        "{}",
        answer.text
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn an_app_that_is_not_there_is_502_and_may_be_tried_again() {
    let app = TestApp::with(LOOPBACK).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    apps_are_at(&app, &format!("http://{closed}")).await;
    let answer = call(&app, "path=/x", &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (502, &json!("app_unreachable")),
        "{}",
        answer.text
    );
    assert_eq!(
        answer.body["detail"],
        "Failed to call app demo-echo endpoint /x: the app cannot be reached"
    );
    assert_eq!(answer.body["retryable"], true);
}

/// A hundred answers at once that never end hold no more than they may.
#[tokio::test]
async fn answers_share_a_budget_of_memory() {
    let yaml = "call_app: {max_response_bytes: 100000, max_bytes_in_flight: 300000, timeout: 3s}\n";
    let app = TestApp::with(&format!("{LOOPBACK}{yaml}")).await;
    // Not all of what was announced comes, so each call holds what it has read.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    let target = Target::stalling(format!("{head}{}", "1".repeat(90_000))).await;
    apps_are_at(&app, &target.url()).await;
    let body = json!({});
    let calls = (0..20).map(|_| call(&app, "path=/x", &body));
    let all = futures::future::join_all(calls);
    let answers = tokio::time::timeout(Duration::from_mins(1), all)
        .await
        .unwrap();
    let overloaded = answers.iter().filter(|it| it.body["code"] == "overloaded");
    assert!(overloaded.clone().count() >= 10);
    for answer in overloaded {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"));
    }
}
