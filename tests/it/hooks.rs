//! Signed deliveries, over the wire: hostile ones first.

mod commands;
mod counted;
mod launched;
mod online;
mod refused;
mod stored;

use flyte_webhook_core::hook::{sign::Signer, source::Source};
use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, client};

pub(crate) const SECRET: &str = "a-secret-of-the-tests-0123456789";
pub(crate) const OTHER_SECRET: &str = "another-secret-of-tests-9876543210";

/// One hook of GitHub's, whose pushes to main greet the commit.
pub(crate) const GREET: &str = r#"
hooks:
  greet:
    source: github
    secrets:
      - value: a-secret-of-the-tests-0123456789
      - value: another-secret-of-tests-9876543210
    identity: {value: identity-of-the-hook}
    rules:
      - when: event.type == "push" && payload.ref == "refs/heads/main"
        task: development/flytesnacks/demo.hello
        inputs: {name: payload.after}
"#;

/// A delivery of GitHub's.
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) event: &'static str,
    pub(crate) body: Vec<u8>,
    pub(crate) secret: &'static str,
    pub(crate) path: &'static str,
}

/// A push to main.
pub(crate) fn push(id: &str) -> Delivery {
    let body = json!({"ref": "refs/heads/main", "after": "f00ba4", "repository": {"full_name": "acme/site"}});
    Delivery {
        id: id.to_owned(),
        event: "push",
        body: body.to_string().into_bytes(),
        secret: SECRET,
        path: "/webhook/greet",
    }
}

impl Delivery {
    pub(crate) fn request(&self, app: &TestApp) -> reqwest::RequestBuilder {
        self.request_at(&app.url(""))
    }

    /// The same to whatever serves at this origin.
    pub(crate) fn request_at(&self, origin: &str) -> reqwest::RequestBuilder {
        let scheme = Source::GitHub.scheme().unwrap();
        let signer = Signer::new(scheme, SecretString::from(self.secret)).unwrap();
        let signature = signer.headers(&self.id, Timestamp::now(), &self.body);
        let request = client()
            .request(Method::POST, format!("{origin}{}", self.path))
            .header("content-type", "application/json")
            .header("x-github-event", self.event)
            .header("x-github-delivery", &self.id)
            .body(self.body.clone());
        let headers = signature.into_iter();
        headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }

    pub(crate) async fn send(&self, app: &TestApp) -> Answer {
        Answer::of(self.request(app)).await
    }
}

/// An answer but for what is another each time.
pub(crate) fn problem(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    (answer.status, body)
}

/// The body of a problem of this server's own.
pub(crate) fn own(status: u16, title: &str, code: &str, detail: &str) -> (u16, Value) {
    let body = json!({
        "detail": detail,
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "source": "webhook",
        "retryable": false,
    });
    (status, body)
}

/// How many runs the control plane was asked to start.
pub(crate) async fn created(app: &TestApp) -> u64 {
    let counts = app.received().await["counts"].clone();
    counts["RunService/CreateRun"].as_u64().unwrap_or_default()
}
