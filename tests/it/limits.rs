//! What is too much is refused: at once, by one caller, from one address.

mod address;
mod rate;
mod shed;
mod waiting;

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{Answer, TestApp, spawn};

const ME: &str = "IdentityService/UserInfo";

/// A token of a caller by this name.
fn token(name: &str) -> String {
    let claims = json!({"sub": name}).to_string();
    format!("Bearer e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()))
}

/// A request of the caller by this name.
fn of(app: &TestApp, name: &str, method: Method, path: &str) -> RequestBuilder {
    let request = app.anonymous(method, path);
    request.header("authorization", token(name))
}

async fn get(app: &TestApp, name: &str, path: &str) -> Answer {
    Answer::of(of(app, name, Method::GET, path)).await
}

/// Has the caller `stuck` ask so often for what is never answered.
async fn stick(app: &TestApp, requests: u64) -> Vec<JoinHandle<()>> {
    let rule = json!({"method": ME, "caller": "stuck", "effect": {"type": "black_hole"}});
    app.faults(&json!([rule])).await;
    app.forget().await;
    let asked = (0..requests).map(|_| {
        let request = of(app, "stuck", Method::GET, "/me");
        spawn(async move { drop(request.send().await) })
    });
    let asked = asked.collect();
    received(app, ME, requests).await;
    asked
}

/// Returns when the control plane has received so many calls.
async fn received(app: &TestApp, method: &str, calls: u64) {
    for _ in 0..2_000 {
        let counts = app.received().await["counts"].clone();
        if counts[method].as_u64().unwrap_or_default() >= calls {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{method} was not called {calls} times");
}

/// The whole body of a problem, but for the request's id.
fn body(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    let id = body.as_object_mut().and_then(|it| it.remove("request_id"));
    assert_eq!(id, Some(json!(answer.header("x-request-id"))));
    body
}
