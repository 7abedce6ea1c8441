//! The caller's credentials go to no app but those that the configuration names.

use reqwest::Method;
use serde_json::json;

use super::{LOOPBACK, apps_are_at, target::Target};
use crate::harness::{Answer, TOKEN, TestApp};

async fn sent(yaml: &str, name: &str) -> String {
    let app = TestApp::with(&format!("{LOOPBACK}{yaml}")).await;
    super::deploy(&app, "flytesnacks", "other", &["sleep", "1000"]).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    let request = app
        .anonymous(Method::POST, &format!("/app/{name}/call?path=/x"))
        .header("authorization", TOKEN)
        .header("cookie", "session=cookie-0123456789")
        .header("x-forwarded-for", "1.2.3.4")
        .header("proxy-authorization", "Bearer proxy-0123456789")
        .json(&json!({}));
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    target.requests().concat().to_ascii_lowercase()
}

#[tokio::test]
async fn an_app_gets_no_credentials_unless_it_is_named() {
    let others = "call_app: {apps: [{app: other, forward_credentials: true}, {app: demo-echo, timeout: 9s}]}\n";
    for yaml in [
        "",
        others,
        "call_app: {apps: [{app: system/demo-echo, forward_credentials: true}]}\n",
    ] {
        let sent = sent(yaml, "demo-echo").await;
        for secret in ["0123456789", "authorization", "cookie", "1.2.3.4", "proxy"] {
            assert!(!sent.contains(secret), "{secret} in {sent}");
        }
    }
}

#[tokio::test]
async fn credentials_do_not_go_out_in_clear_text_to_a_host_that_is_not_named() {
    let yaml = "call_app: {apps: [{app: demo-echo, forward_credentials: true}]}\n";
    let app = TestApp::with(yaml).await;
    apps_are_at(&app, "http://app.example").await;
    let answer = super::call(&app, "path=/x", &json!({})).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(
        answer.body["detail"],
        "Failed to call app demo-echo endpoint /x: credentials go to an endpoint of plain HTTP \
         only where egress.allow names its host"
    );
}

#[tokio::test]
async fn an_app_that_is_named_gets_authorization_and_cookie() {
    let yaml =
        "call_app: {apps: [{app: development/flytesnacks/demo-echo, forward_credentials: true}]}\n";
    let got = sent(yaml, "demo-echo").await;
    assert!(
        got.contains(&format!(
            "authorization: {}\r\n",
            TOKEN.to_ascii_lowercase()
        )),
        "{got}"
    );
    assert!(
        got.contains("cookie: session=cookie-0123456789\r\n"),
        "{got}"
    );
    assert!(!got.contains("proxy") && !got.contains("1.2.3.4"), "{got}");
    let other = sent(yaml, "other").await;
    assert!(!other.contains("0123456789"), "{other}");
}
