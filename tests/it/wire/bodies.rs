//! Bodies that are no object of inputs.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, TestApp, raw};

const PATH: &str = "/run-task/development/flytesnacks/demo.hello";

fn request(app: &TestApp, media_type: &str, body: impl Into<Body>) -> RequestBuilder {
    app.anonymous(Method::POST, PATH)
        .header("authorization", TOKEN)
        .header("content-type", media_type)
        .body(body)
}

async fn json_body(app: &TestApp, body: impl Into<Body>) -> Answer {
    Answer::of(request(app, "application/json", body)).await
}

#[tokio::test]
async fn what_is_no_object_is_422_in_the_shape_of_fastapi() {
    let app = TestApp::start().await;
    let not_a_dict = "Input should be a valid dictionary";
    let cases: [(&str, Value); 6] = [
        (
            "",
            json!({"type": "missing", "loc": ["body"], "msg": "Field required", "input": null}),
        ),
        (
            "[1]",
            json!({"type": "dict_type", "loc": ["body"], "msg": not_a_dict, "input": [1]}),
        ),
        (
            "null",
            json!({"type": "dict_type", "loc": ["body"], "msg": not_a_dict, "input": null}),
        ),
        (
            "NaN",
            json!({"type": "dict_type", "loc": ["body"], "msg": not_a_dict, "input": "NaN"}),
        ),
        (
            "{x",
            json!({"type": "json_invalid", "loc": ["body", 1], "msg": "JSON decode error", "input": {},
            "ctx": {"error": "Expecting property name enclosed in double quotes"}}),
        ),
        (
            "{} é {}",
            json!({"type": "json_invalid", "loc": ["body", 3], "msg": "JSON decode error", "input": {},
            "ctx": {"error": "Extra data"}}),
        ),
    ];
    for (body, violation) in cases {
        let answer = json_body(&app, body.to_owned()).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.body["detail"], json!([violation]), "{body}");
        assert_eq!(answer.body["code"], "invalid");
    }
}

#[tokio::test]
async fn only_json_media_types_are_json() {
    let app = TestApp::start().await;
    for media_type in [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.api+json",
    ] {
        let answer = Answer::of(request(&app, media_type, "{}")).await;
        assert_eq!(answer.status, 200, "{media_type}: {}", answer.text);
    }
    for media_type in [
        "text/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "json",
    ] {
        let answer = Answer::of(request(&app, media_type, "{}")).await;
        assert_eq!(answer.status, 422, "{media_type}");
        assert_eq!(answer.body["detail"][0]["type"], "dict_type");
        assert_eq!(answer.body["detail"][0]["input"], "{}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_at_all_is_400() {
    let app = TestApp::start().await;
    let digits = format!("{{\"x\": {}}}", "9".repeat(5_000));
    for body in [b"\xff\xfe\xfa".to_vec(), digits.into_bytes()] {
        let answer = json_body(&app, body).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.body["detail"], "There was an error parsing the body");
    }
    let deep = json_body(&app, "[".repeat(200_000)).await;
    assert_eq!(
        (deep.status, &deep.body["code"]),
        (400, &json!("body_refused"))
    );
    assert_eq!(
        deep.body["detail"],
        "arrays and objects nest more than 64 deep"
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_announced_or_not() {
    let app = TestApp::start().await;
    let announced = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: 20971520\r\n\r\n"
    );
    let answer = raw(&app, &announced).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
    let chunk = Bytes::from(vec![b' '; 64 << 10]);
    let chunks = stream::repeat(chunk).take(320).map(Ok::<_, std::io::Error>);
    let chunked = request(&app, "application/json", Body::wrap_stream(chunks))
        .send()
        .await;
    // The server may close before all was sent; an answer that came is 413.
    if let Ok(response) = chunked {
        assert_eq!(response.status(), 413);
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_is_408() {
    let app = TestApp::with("limits: {body_timeout: 200ms}\n").await;
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    let never = first.chain(stream::pending());
    let sent = request(&app, "application/json", Body::wrap_stream(never)).send();
    let response = tokio::time::timeout(Duration::from_secs(10), sent)
        .await
        .unwrap()
        .unwrap();
    let answer = Answer::read(response).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (408, &json!("body_incomplete"))
    );
}

#[tokio::test]
async fn a_long_value_is_not_repeated() {
    let app = TestApp::start().await;
    let answer = Answer::of(request(&app, "text/plain", "x".repeat(100_000))).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.body["detail"][0].get("input"), None);
    assert!(answer.text.len() < 1_000);
}

#[tokio::test]
async fn inputs_that_do_not_fit_are_422_before_any_run_exists() {
    let app = TestApp::start().await;
    app.forget().await;
    for (task, body, loc) in [
        ("demo.hello", json!({"name": 5}), json!(["body", "name"])),
        ("demo.hello", json!({"nam": "x"}), json!(["body", "nam"])),
        ("demo.add", json!({"a": 1}), json!(["body", "b"])),
        ("demo.add", json!({"a": 1, "b": 1.5}), json!(["body", "b"])),
    ] {
        let path = format!("/run-task/development/flytesnacks/{task}");
        let answer = app.post(&path, &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        assert_eq!(answer.body["detail"][0]["loc"], loc, "{body}");
    }
    let received = app.received().await.to_string();
    assert!(!received.contains("CreateRun") && !received.contains("UploadInputs"));
}
