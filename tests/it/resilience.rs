//! A control plane that fails is not made to fail worse, and who has nothing to
//! do with it does not notice.

mod circuit;
mod retries;

use data_encoding::BASE64URL_NOPAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

const ME: &str = "IdentityService/UserInfo";

/// `GET /me` of the caller by this name.
async fn me(app: &TestApp, name: &str) -> Answer {
    let claims = json!({"sub": name}).to_string();
    let token = BASE64URL_NOPAD.encode(claims.as_bytes());
    let request = app.anonymous(Method::GET, "/me");
    Answer::of(request.header("authorization", format!("Bearer e30.{token}.x"))).await
}

/// How often the control plane was asked who calls, since the last time.
async fn asked(app: &TestApp) -> u64 {
    let asked = app.received().await["counts"][ME].as_u64();
    app.forget().await;
    asked.unwrap_or_default()
}

/// Has all calls of a caller, or everybody's, fail in this way.
async fn fail(app: &TestApp, caller: Option<&str>, effect: Value) {
    let mut rule = json!({"method": "*", "effect": effect});
    if let Some(caller) = caller {
        rule["caller"] = caller.into();
    }
    app.faults(&json!([rule])).await;
}
