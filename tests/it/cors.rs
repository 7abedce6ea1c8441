//! What browsers are told: who may ask from elsewhere, and what to be careful with.

use reqwest::{Method, RequestBuilder};

use crate::{
    admin::{HASH, KEY},
    harness::{Answer, TOKEN, TestApp},
};

const PAGE: &str = "https://app.example.com";
const OTHER: &str = "https://evil.example";

fn preflight(app: &TestApp, path: &str, origin: &str) -> RequestBuilder {
    app.anonymous(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization, content-type",
        )
}

#[tokio::test]
async fn by_default_nobody_may_ask_from_elsewhere() {
    let app = TestApp::with("{}\n").await;
    let asked = Answer::of(preflight(&app, "/me", PAGE)).await;
    assert_eq!(asked.status, 401);
    let me = app.anonymous(Method::GET, "/me").header("origin", PAGE);
    let me = Answer::of(me.header("authorization", TOKEN)).await;
    assert_eq!(me.status, 200);
    for answer in [asked, me] {
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_learns_why_it_is_refused() {
    let app = TestApp::with(&format!("server: {{cors: {{allow_origins: [{PAGE}]}}}}\n")).await;
    let asked = Answer::of(preflight(&app, "/me", PAGE)).await;
    assert_eq!((asked.status, asked.text.as_str()), (200, ""));
    assert_eq!(asked.header("access-control-allow-origin"), PAGE);
    assert_eq!(
        asked.header("access-control-allow-methods"),
        "GET,HEAD,POST"
    );
    assert_eq!(asked.header("access-control-max-age"), "3600");
    assert_eq!(asked.header("access-control-allow-credentials"), "");
    let taken = asked.header("access-control-allow-headers");
    for name in ["authorization", "content-type", "idempotency-key", "prefer"] {
        assert!(taken.split(',').any(|it| it == name), "{name}: {taken}");
    }
    let refused = app.anonymous(Method::GET, "/me").header("origin", PAGE);
    let refused = Answer::of(refused).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), PAGE);
    let shown = refused.header("access-control-expose-headers");
    assert!(
        shown.contains("retry-after") && shown.contains("x-request-id"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_page_of_another_origin_is_told_nothing() {
    let app = TestApp::with(&format!("server: {{cors: {{allow_origins: [{PAGE}]}}}}\n")).await;
    for origin in [
        OTHER,
        "null",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com.evil.example",
        "https://APP.example.com",
    ] {
        let asked = Answer::of(preflight(&app, "/me", origin)).await;
        assert_eq!(asked.header("access-control-allow-origin"), "", "{origin}");
        let me = app
            .anonymous(Method::GET, "/health")
            .header("origin", origin);
        let me = Answer::of(me).await;
        assert_eq!(me.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn the_administrators_routes_are_for_no_other_origin() {
    let yaml = format!(
        "server: {{cors: {{allow_origins: [{PAGE}], allow_credentials: true}}}}\n\
         admin: {{on_main_port: true, tokens: [{{id: a, hash: {HASH}}}]}}\n"
    );
    let app = TestApp::with(&yaml).await;
    for path in ["/api/nothing", "/%61pi/nothing", "/metrics", "/"] {
        let asked = Answer::of(preflight(&app, path, PAGE)).await;
        let got = app.anonymous(Method::GET, path).header("origin", PAGE);
        let got = Answer::of(got.bearer_auth(KEY)).await;
        for answer in [asked, got] {
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        }
    }
}

#[tokio::test]
async fn only_a_trusted_origin_acts_by_a_cookie() {
    let path = "/run-task/development/flytesnacks/demo.hello";
    for (credentials, origin, status) in [(true, PAGE, 200), (true, OTHER, 403), (false, PAGE, 403)]
    {
        let yaml = format!(
            "server: {{cors: {{allow_origins: [{PAGE}], allow_credentials: {credentials}}}}}\n"
        );
        let app = TestApp::with(&yaml).await;
        let post = app
            .anonymous(Method::POST, path)
            .header("cookie", "session=a");
        let post = post
            .header("origin", origin)
            .header("sec-fetch-site", "cross-site");
        let answer = Answer::of(post.json(&serde_json::json!({"name": "Ada"}))).await;
        assert_eq!(
            answer.status, status,
            "{credentials} {origin}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let app = TestApp::with("{}\n").await;
    for path in [
        "/health",
        "/readyz",
        "/me",
        "/nothing",
        "/openapi.json",
        "/docs",
    ] {
        for authorization in ["", TOKEN] {
            let request = app.anonymous(Method::GET, path);
            let answer = Answer::of(request.header("authorization", authorization)).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            let policy = answer.header("content-security-policy");
            assert!(
                policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
        }
    }
}
