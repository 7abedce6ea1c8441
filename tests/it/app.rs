//! The app group over the wire, hostile requests first.

mod answers;
mod corpus;
mod credentials;
mod denied;
mod embedded;
mod endpoints;
mod identity;
mod paths;
mod request;
pub(crate) mod target;
mod waiting;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// Apps on this machine may be called.
const LOOPBACK: &str = "egress: {allow: [127.0.0.0/8, '::1']}\n";

/// The four routes of an app, in a fixed order.
const ROUTES: [&str; 4] = ["", "/activate", "/deactivate", "/call?path=/x"];

/// Asks all four routes about an app; `query` begins with `?` or is empty.
async fn all_routes(app: &TestApp, name: &str, query: &str) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for route in ROUTES {
        let query = if route.contains('?') {
            query.replace('?', "&")
        } else {
            query.to_owned()
        };
        let path = format!("/app/{name}{route}{query}");
        let answer = match route {
            "" => app.get(&path).await,
            _ => app.post(&path, &json!({})).await,
        };
        answers.push((route, answer));
    }
    answers
}

/// Calls the built-in app.
async fn call(app: &TestApp, query: &str, body: &Value) -> Answer {
    app.post(&format!("/app/demo-echo/call?{query}"), body)
        .await
}

/// Has the control plane say that all apps are at this address.
async fn apps_are_at(app: &TestApp, url: &str) {
    let effect = json!({"type": "app_endpoint", "url": url});
    app.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
        .await;
}

/// How often the control plane was asked to change an app.
async fn updates(app: &TestApp) -> u64 {
    let counts = app.received().await["counts"]["AppService/Update"].clone();
    counts.as_u64().unwrap_or_default()
}

/// Deploys an app that runs a command.
async fn deploy(app: &TestApp, project: &str, name: &str, command: &[&str]) {
    let request = json!({"app": {
        "metadata": {"id": {"project": project, "domain": "development", "name": name}},
        "spec": {
            "container": {"image": "ignored", "command": command},
            "desiredState": "DESIRED_STATE_STOPPED",
        },
    }});
    app.upstream("app.AppService/Create", &request).await;
}
