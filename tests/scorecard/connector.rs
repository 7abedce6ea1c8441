//! Webhook tasks that would go where none may, for the rows on calls.

#[path = "../it/connector/corpus.rs"]
mod corpus;
#[path = "../it/connector/server.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod server;

use std::{net::SocketAddr, sync::Arc};

use flyte_webhook::egress::Lookup;
use serde_json::{Value, json};

use crate::{harness::client, target::Target};
use corpus::{DENIED_HOSTS, TRICKS};
use server::TestConnector;

/// What came of many tasks.
pub(crate) struct Tasks {
    pub(crate) complaints: Vec<String>,
    pub(crate) count: usize,
    /// Whether a client that does not look where it goes is found out.
    pub(crate) control: bool,
}

/// Performs a task for every spelling of what is denied.
pub(crate) async fn denied() -> Tasks {
    let mut canary = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with("{}\n").await;
    let port = canary.address.port().to_string();
    let hosts = DENIED_HOSTS.iter();
    let hosts = hosts.map(|host| format!("http://{host}:{port}/"));
    let tricks = TRICKS.iter().map(|trick| trick.replace("PORT", &port));
    let mut tasks = Tasks {
        complaints: Vec::new(),
        count: 0,
        control: false,
    };
    for url in hosts.chain(tricks) {
        let resource = connector.perform(&json!({ "url": url }), &[]).await;
        let strayed = canary.requests();
        if resource["phase"] != "FAILED" || !strayed.is_empty() {
            let complaint = format!("task to {url}: {resource}, the canary got {strayed:?}");
            tasks.complaints.push(complaint);
        }
        tasks.count += 1;
    }
    let _ = client().get(format!("http://0x7f.1:{port}/")).send().await;
    tasks.control = !canary.requests().is_empty();
    tasks
}

/// A connector whose only host resolves as the test says.
pub(crate) struct Rebound {
    connector: TestConnector,
    custom: Value,
}

impl Rebound {
    pub(crate) async fn start(lookup: Arc<dyn Lookup>, allowed: &str, port: u16) -> Self {
        let yaml = format!("egress: {{allow: [{allowed}]}}\n");
        let connector = TestConnector::resolving_by(lookup, &yaml).await;
        let url = format!("http://rebound.example:{port}/");
        Self {
            connector,
            custom: json!({ "url": url }),
        }
    }

    /// Whether a task succeeds.
    pub(crate) async fn perform(&self) -> bool {
        self.connector.perform(&self.custom, &[]).await["phase"] == "SUCCEEDED"
    }
}

/// Performs a task whose webhook redirects; whether it failed.
pub(crate) async fn redirected(connector: &Redirecting, target: SocketAddr) -> bool {
    let custom = json!({"url": format!("http://127.0.0.1:{}/", target.port())});
    connector.0.perform(&custom, &[]).await["phase"] == "FAILED"
}

/// A connector that follows redirects, within what is allowed.
pub(crate) struct Redirecting(TestConnector);

impl Redirecting {
    pub(crate) async fn start() -> Self {
        let yaml = "egress: {allow: [127.0.0.1]}\nconnector: {redirects: 5}\n";
        Self(TestConnector::with(yaml).await)
    }
}
