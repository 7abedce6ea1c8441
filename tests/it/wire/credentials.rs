//! Who gets in, and how far the rest gets.

use std::time::Duration;

use bytes::Bytes;
use flyte_webhook_core::endpoint::{Endpoint, Method};
use futures::stream;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::harness::{Answer, TOKEN, TestApp};

/// A 401 as the reference words it, with this server's members beside.
fn no_credentials(id: &str) -> serde_json::Value {
    json!({
        "detail": "Authentication credentials required",
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "no_credentials",
        "source": "webhook",
        "retryable": false,
        "request_id": id,
    })
}

fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &[u8])| {
        (
            name.parse().unwrap(),
            HeaderValue::from_bytes(value).unwrap(),
        )
    };
    pairs.iter().map(pair).collect()
}

#[tokio::test]
async fn without_credentials_everything_but_the_open_paths_is_401() {
    let app = TestApp::start().await;
    let shapes: [&[(&str, &[u8])]; 8] = [
        &[],
        &[("authorization", b"")],
        &[("authorization", b"   ")],
        &[("cookie", b"")],
        &[("authorization", b" "), ("cookie", b" ")],
        &[("x-api-key", b"secret")],
        &[("proxy-authorization", b"Bearer x")],
        &[("flyte-authorization", b"Bearer x")],
    ];
    let routes = Endpoint::ALL
        .into_iter()
        .filter(|endpoint| !endpoint.is_public())
        .map(|endpoint| (verb(endpoint), endpoint.path().replace(['{', '}'], "")));
    let others = [
        "/",
        "/none",
        "/health/",
        "/docs/",
        "//health",
        "/Health",
        "/health%2F",
        "/health;x",
    ]
    .map(|path| (reqwest::Method::GET, path.to_owned()));
    for (method, path) in routes.chain(others) {
        for shape in shapes {
            let request = app.anonymous(method.clone(), &path).headers(headers(shape));
            let answer = Answer::of(request).await;
            let id = answer.header("x-request-id").to_owned();
            assert_eq!(answer.status, 401, "{method} {path} {shape:?}");
            assert_eq!(
                answer.body,
                no_credentials(&id),
                "{method} {path} {shape:?}"
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
    assert_eq!(
        app.received().await["requests"],
        json!([]),
        "nothing went upstream"
    );
}

#[tokio::test]
async fn any_scheme_and_a_cookie_alone_are_credentials_and_the_first_of_two_counts() {
    let app = TestApp::start().await;
    let accepted: [&[(&str, &[u8])]; 5] = [
        &[("authorization", b"Basic dXNlcjpwYXNz")],
        &[("authorization", b"x")],
        &[
            ("authorization", b"Bearer one"),
            ("authorization", b"Bearer two"),
        ],
        &[("authorization", b"Bearer \xff\xfe")],
        &[("authorization", b""), ("cookie", b"session=1")],
    ];
    for shape in accepted {
        let mut request = app.anonymous(reqwest::Method::GET, "/run/none");
        for (name, value) in shape {
            request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
        }
        assert_eq!(Answer::of(request).await.status, 404, "{shape:?}");
    }
    let two = app
        .anonymous(reqwest::Method::GET, "/me")
        .header("authorization", "Bearer one")
        .header("authorization", "Bearer two");
    let first = app
        .anonymous(reqwest::Method::GET, "/me")
        .header("authorization", "Bearer one");
    assert_eq!(Answer::of(two).await.body, Answer::of(first).await.body);
}

#[tokio::test]
async fn another_site_cannot_act_with_a_cookie_alone() {
    let app = TestApp::start().await;
    let by_cookie = |method, path, origin: &'static str| {
        app.anonymous(method, path)
            .header("cookie", "session=1")
            .header("origin", origin)
    };
    let run = "/run-task/development/flytesnacks/demo.hello";
    let foreign = by_cookie(reqwest::Method::POST, run, "https://evil.example").body("{}");
    let answer = Answer::of(foreign).await;
    let id = answer.header("x-request-id").to_owned();
    assert_eq!(
        answer.body,
        json!({
            "detail": "A page of another site cannot act with a cookie alone; send an \
                       authorization header",
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
            "code": "cross_site",
            "source": "webhook",
            "retryable": false,
            "request_id": id,
        })
    );
    let disabled = by_cookie(reqwest::Method::POST, "/none", "null");
    assert_eq!(Answer::of(disabled).await.status, 403);
    assert_eq!(app.received().await["requests"], json!([]));

    let with_token = by_cookie(reqwest::Method::POST, run, "https://evil.example")
        .header("authorization", TOKEN)
        .json(&json!({}));
    assert_eq!(Answer::of(with_token).await.status, 200);
    let reading = by_cookie(reqwest::Method::GET, "/me", "https://evil.example");
    assert_eq!(Answer::of(reading).await.status, 200);
    let no_browser = app.anonymous(reqwest::Method::POST, run);
    let no_browser = no_browser.header("cookie", "session=1").json(&json!({}));
    assert_eq!(Answer::of(no_browser).await.status, 200);
}

#[tokio::test]
async fn the_open_paths_need_none() {
    let app = TestApp::start().await;
    for path in [
        "/health",
        "/health?x=1",
        "/%68ealth",
        "/docs",
        "/openapi.json",
        "/redoc",
        "/docs/swagger-ui.css",
        "/docs/oauth2-redirect.html",
    ] {
        let answer = Answer::of(app.anonymous(reqwest::Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let head = Answer::of(app.anonymous(reqwest::Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
    }
    let answer = Answer::of(app.anonymous(reqwest::Method::GET, "/health")).await;
    assert_eq!(answer.text, r#"{"status":"healthy"}"#);
    let wrong = Answer::of(app.anonymous(reqwest::Method::POST, "/health")).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn a_401_does_not_wait_for_the_body() {
    let app = TestApp::start().await;
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    let request = app
        .anonymous(
            reqwest::Method::POST,
            "/run-task/development/flytesnacks/demo.hello",
        )
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(never));
    let answer = tokio::time::timeout(Duration::from_secs(5), Answer::of(request)).await;
    assert_eq!(answer.expect("before the body").status, 401);
}

#[tokio::test]
async fn a_disabled_endpoint_is_401_without_and_404_with_credentials() {
    let app = TestApp::with("endpoints: [me]\n").await;
    let anonymous = Answer::of(app.anonymous(reqwest::Method::GET, "/run/x")).await;
    assert_eq!(anonymous.status, 401);
    let disabled = app.get("/run/x").await;
    assert_eq!(
        (disabled.status, &disabled.body["detail"]),
        (404, &json!("Not Found"))
    );
    let health = Answer::of(app.anonymous(reqwest::Method::GET, "/health")).await;
    assert_eq!(
        (health.status, &health.body["detail"]),
        (404, &json!("Not Found"))
    );
}

#[tokio::test]
async fn upstream_gets_the_credentials_the_id_and_the_trace_and_no_other() {
    let app = TestApp::start().await;
    app.forget().await;
    let request = app
        .anonymous(reqwest::Method::GET, "/me")
        .header("authorization", TOKEN)
        .header("cookie", "a=b")
        .header("x-request-id", "my-id.1")
        .header("x-forwarded-for", "1.2.3.4")
        .header("grpc-timeout", "1H")
        .header("connect-timeout-ms", "1")
        .header("x-user-identity", "someone");
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("x-request-id"), "my-id.1");
    let received = app.received().await;
    let call = &received["requests"][0];
    assert_eq!(call["method"], "IdentityService/UserInfo");
    let names: Vec<&str> = header_names(call);
    assert_eq!(
        names,
        [
            "authorization",
            "connect-protocol-version",
            "connect-timeout-ms",
            "content-type",
            "cookie",
            "host",
            "traceparent",
            "user-agent",
            "x-request-id",
        ]
    );
    assert!(!received.to_string().contains("test-token"));
}

fn header_names(call: &serde_json::Value) -> Vec<&str> {
    let pairs = call["headers"].as_array().unwrap();
    let mut names: Vec<&str> = pairs.iter().map(|pair| pair[0].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

fn verb(endpoint: Endpoint) -> reqwest::Method {
    match endpoint.method() {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    }
}
