//! Request headers that are credentials by configuration.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, TestApp};

async fn ask(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.anonymous(Method::GET, "/me");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

/// The names and values that the control plane got last, but those that every
/// call has.
async fn forwarded(app: &TestApp) -> Vec<(String, String)> {
    let received = app.received().await;
    let last = received["requests"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    let headers: Vec<(String, String)> = serde_json::from_value(last["headers"].clone()).unwrap();
    let own = ["authorization", "cookie"];
    let mut headers: Vec<_> = headers
        .into_iter()
        .filter(|(name, _)| own.contains(&name.as_str()) || name.starts_with("x-"))
        .filter(|(name, _)| name != "x-request-id")
        .collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn only_configured_headers_are_credentials_and_reach_the_control_plane() {
    let app = TestApp::with(
        "auth:\n  header_extractors:\n    - header: X-Tenant-Token\n    - header: x-session\n      \
         forward_as: cookie\n",
    )
    .await;
    let usual = [
        ("authorization", "Bearer dev"),
        ("cookie", "a=b"),
        ("x-other", "c"),
    ];
    let answer = ask(&app, &usual).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (401, &json!("no_credentials"))
    );
    for blank in ["", "  \t"] {
        assert_eq!(ask(&app, &[("x-tenant-token", blank)]).await.status, 401);
    }
    assert_eq!(app.received().await["total"], 0);
    let mut all = usual.to_vec();
    all.extend([
        ("x-tenant-token", "one"),
        ("x-tenant-token", "two"),
        ("x-session", "s"),
    ]);
    assert_eq!(ask(&app, &all).await.status, 200);
    let forwarded = forwarded(&app).await;
    let names: Vec<&str> = forwarded.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["cookie", "x-tenant-token"], "{forwarded:?}");
    assert_eq!(forwarded[1].1, "one");
}

#[tokio::test]
async fn a_key_in_a_header_of_its_own_is_a_bearer_token() {
    let app = TestApp::with(
        "auth:\n  header_extractors:\n    - header: authorization\n    - header: x-api-key\n      \
         forward_as: authorization\n",
    )
    .await;
    let token = "e30.eyJzdWIiOiJ1MSJ9.x";
    assert_eq!(
        ask(&app, &[("x-api-key", token)]).await.body["subject"],
        "u1"
    );
    let both = [("x-api-key", token), ("authorization", "Bearer dev")];
    assert_ne!(ask(&app, &both).await.body["subject"], "u1");
    assert_eq!(forwarded(&app).await.len(), 1);
}
