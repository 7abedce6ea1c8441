//! How much may come from one address.

use reqwest::Method;
use serde_json::{Value, json};

use super::{body, of};
use crate::harness::{Answer, TestApp};

/// As a proxy sends it that says for whom.
async fn from(app: &TestApp, address: &str, path: &str) -> Answer {
    let request = of(app, "a", Method::GET, path).header("x-forwarded-for", address);
    Answer::of(request).await
}

async fn refused_from(app: &TestApp, address: &str) -> Answer {
    let request = app.anonymous(Method::GET, "/me");
    Answer::of(request.header("x-forwarded-for", address)).await
}

fn too_many(code: &str, detail: &str) -> Value {
    json!({
        "detail": detail,
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": code,
        "source": "webhook",
        "retryable": true,
    })
}

#[tokio::test]
async fn an_address_is_the_connections_unless_a_trusted_proxy_says_another() {
    let app = TestApp::with("limits: {rate: {address: 2/1h}}\n").await;
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 200);
    assert_eq!(from(&app, "192.0.2.2", "/me").await.status, 200);
    let answer = from(&app, "192.0.2.3", "/me").await;
    assert_eq!(answer.status, 429, "{}", answer.text);
    assert_eq!(answer.header("retry-after"), "1800");
    let detail = "The requests that limits.rate.address allows are used up; try again later";
    assert_eq!(body(&answer), too_many("rate_limited", detail));
    assert_eq!(from(&app, "192.0.2.3", "/health").await.status, 200);

    let trusting = "server: {trusted_proxies: [127.0.0.0/8]}\nlimits: {rate: {address: 1/1h}}\n";
    let app = TestApp::with(trusting).await;
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 200);
    assert_eq!(from(&app, "192.0.2.2", "/me").await.status, 200);
    // What the client wrote stands before what the proxy added.
    let forged = from(&app, "192.0.2.9, 192.0.2.1", "/me").await;
    assert_eq!(forged.status, 429, "{}", forged.text);
}

#[tokio::test]
async fn an_ipv6_network_counts_as_one() {
    let yaml = "server: {trusted_proxies: [127.0.0.1]}\nlimits: {rate: {address: 1/1h}}\n";
    let app = TestApp::with(yaml).await;
    assert_eq!(from(&app, "2001:db8::1", "/me").await.status, 200);
    assert_eq!(from(&app, "2001:db8::ffff:1:2:3", "/me").await.status, 429);
    assert_eq!(from(&app, "2001:db8:0:1::1", "/me").await.status, 200);
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 200);
    assert_eq!(from(&app, "::ffff:192.0.2.1", "/me").await.status, 429);
}

#[tokio::test]
async fn who_tries_credentials_is_locked_out_and_nobody_else() {
    let yaml = "server: {trusted_proxies: [127.0.0.1]}\n\
                limits: {rate: {address_failures: 3/1h}}\n";
    let app = TestApp::with(yaml).await;
    let denied = json!([{"method": "*", "caller": "a", "count": 1,
        "effect": {"type": "error", "code": "unauthenticated"}}]);
    app.faults(&denied).await;
    // Refused here, and by the control plane.
    assert_eq!(refused_from(&app, "192.0.2.1").await.status, 401);
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 401);
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 200);
    assert_eq!(refused_from(&app, "192.0.2.1").await.status, 401);
    let locked_out = from(&app, "192.0.2.1", "/me").await;
    assert_eq!(locked_out.status, 429, "{}", locked_out.text);
    let detail = "Too many requests from this address had no valid credentials; try again later";
    assert_eq!(body(&locked_out), too_many("too_many_failures", detail));
    let seconds: u64 = locked_out.header("retry-after").parse().unwrap();
    assert!((1_190..=1_201).contains(&seconds), "{seconds}");
    assert_eq!(from(&app, "192.0.2.2", "/me").await.status, 200);
    assert_eq!(from(&app, "192.0.2.1", "/health").await.status, 200);
}

#[tokio::test]
async fn by_default_no_address_is_counted() {
    let app = TestApp::start().await;
    for _ in 0..200 {
        assert_eq!(refused_from(&app, "192.0.2.1").await.status, 401);
    }
    assert_eq!(from(&app, "192.0.2.1", "/me").await.status, 200);
}
