//! Who is let in, and as whom, at the wire.

mod api_keys;
pub(crate) mod authorization_server;
mod exchange_failures;
mod headers;
mod local_keys;

use reqwest::Method;

use crate::harness::{Answer, TestApp};

/// Asks who the bearer of a token is.
async fn me(app: &TestApp, token: &str) -> Answer {
    let request = app.anonymous(Method::GET, "/me");
    Answer::of(request.header("authorization", format!("Bearer {token}"))).await
}

/// How often the control plane was asked who somebody is.
async fn identities(app: &TestApp) -> u64 {
    let counts = &app.received().await["counts"];
    counts["IdentityService/UserInfo"].as_u64().unwrap_or(0)
}
