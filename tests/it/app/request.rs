//! What a target gets, and bodies that are no parameters.

use bytes::Bytes;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{LOOPBACK, apps_are_at, call, target::Target};
use crate::harness::{Answer, TOKEN, TestApp};

fn request(app: &TestApp, query: &str, media_type: &str, body: &str) -> RequestBuilder {
    app.anonymous(Method::POST, &format!("/app/demo-echo/call?{query}"))
        .header("authorization", TOKEN)
        .header("content-type", media_type)
        .body(Bytes::from(body.to_owned()))
}

fn missing(place: &str, name: &str) -> Value {
    json!({"type": "missing", "loc": [place, name], "msg": "Field required", "input": null})
}

fn not_a_dict(name: &str, input: &Value) -> Value {
    json!({"type": "dict_type", "loc": ["body", name], "msg": "Input should be a valid dictionary", "input": input})
}

#[tokio::test]
async fn mistakes_of_query_and_body_are_reported_together() {
    let app = TestApp::start().await;
    app.forget().await;
    let both = || {
        vec![
            missing("query", "path"),
            missing("body", "payload"),
            missing("body", "query_params"),
        ]
    };
    for (body, expected) in [
        ("null", both()),
        ("[1]", both()),
        ("\"x\"", both()),
        ("0", both()),
        (
            "{\"payload\":[1],\"query_params\":\"a\"}",
            vec![
                missing("query", "path"),
                not_a_dict("payload", &json!([1])),
                not_a_dict("query_params", &json!("a")),
            ],
        ),
        (
            "{\"payload\":5}",
            vec![missing("query", "path"), not_a_dict("payload", &json!(5))],
        ),
        ("{}", vec![missing("query", "path")]),
        ("", vec![missing("query", "path")]),
    ] {
        let answer = Answer::of(request(&app, "", "application/json", body)).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(answer.body["detail"], json!(expected), "{body}");
    }
    let answer = Answer::of(request(&app, "", "application/json", "{x")).await;
    assert_eq!(
        answer.body["detail"],
        json!([{"type": "json_invalid", "loc": ["body", 1], "msg": "JSON decode error",
        "input": {}, "ctx": {"error": "Expecting property name enclosed in double quotes"}}])
    );
    let answer = Answer::of(request(
        &app,
        "path=/x&project=a/b",
        "application/json",
        "5",
    ))
    .await;
    assert_eq!(answer.body["detail"][0]["loc"], json!(["query", "project"]));
    assert_eq!(
        answer.body["detail"][2]["loc"],
        json!(["body", "query_params"])
    );
    assert_eq!(app.received().await["requests"], json!([]));
}

#[tokio::test]
async fn a_switch_that_is_none_is_422() {
    let app = TestApp::start().await;
    for route in ["activate", "deactivate"] {
        let answer = app
            .post(
                &format!("/app/demo-echo/{route}?wait=false&wait=maybe"),
                &json!(null),
            )
            .await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(
            answer.body["detail"],
            json!([{"type": "bool_parsing", "loc": ["query", "wait"],
            "msg": "Input should be a valid boolean, unable to interpret input", "input": "maybe"}])
        );
    }
}

#[tokio::test]
async fn the_target_gets_what_the_reference_sends() {
    let app = TestApp::with(&format!("name: hook\n{LOOPBACK}")).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    let body = json!({"payload": {"a": 1, "é": null, "f": 1.0}, "query_params": {"q": [1, 2], "b": true, "c": null, "é": "a b"}, "extra": 1});
    let answer = call(&app, "path=/predict?x=1&method=post", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let requests = target.requests();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(
        lines.remove(0),
        "POST /predict?x=1&q=%5B1%2C+2%5D&b=True&c=None&%C3%A9=a+b HTTP/1.1"
    );
    let own = ["x-webhook-hop: ", "host: ", "traceparent: "];
    lines.retain(|line| !own.iter().any(|name| line.starts_with(name)));
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "accept-encoding: identity",
            "accept: */*",
            "connection: close",
            "content-length: 34",
            "content-type: application/json",
            "user-agent: flyte-webhook/hook",
        ]
    );
    assert_eq!(body, "{\"a\": 1, \"\\u00e9\": null, \"f\": 1.0}");
}

#[tokio::test]
async fn a_payload_goes_only_with_methods_that_have_one() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    for (method, payload, expected) in [
        ("PUT", json!({"a": 1}), "{\"a\": 1}"),
        ("PATCH", json!({"a": 1}), "{\"a\": 1}"),
        ("POST", json!({}), ""),
        ("POST", json!(null), ""),
        ("GET", json!({"a": 1}), ""),
        ("DELETE", json!({"a": 1}), ""),
        ("OPTIONS", json!({"a": 1}), ""),
    ] {
        let answer = call(
            &app,
            &format!("path=/&method={method}"),
            &json!({"payload": payload}),
        )
        .await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text);
        let requests = target.requests();
        assert_eq!(
            requests[0].split_once("\r\n\r\n").unwrap().1,
            expected,
            "{method} {payload}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_none() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let body = "{\"payload\":{\"a\":1}}";
        let answer = Answer::of(request(&app, "path=/&method=POST", media_type, body)).await;
        assert_eq!(answer.status, 200, "{media_type}: {}", answer.text);
        assert!(target.requests()[0].ends_with("\r\n\r\n"), "{media_type}");
    }
}

#[tokio::test]
async fn a_query_that_no_server_takes_is_not_sent() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    for length in [40_000, 70_000] {
        let body = json!({"query_params": {"q": "x".repeat(length)}});
        let answer = call(&app, "path=/x", &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.body["code"], "invalid");
    }
    assert!(target.requests().concat().is_empty());
}
