//! A control plane of the row's own, for programs that stand in front of it.

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::harness::{TOKEN, client, embedded};

/// An embedded control plane; stops when it is dropped.
pub(crate) struct Platform {
    pub(crate) endpoint: String,
    _stop: DropGuard,
    _data: TempDir,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let handle = embedded(data.path(), stop.clone()).await;
        Self {
            endpoint: format!("http://{}", handle.address()),
            _stop: stop.drop_guard(),
            _data: data,
        }
    }

    /// Puts fault rules into force, in place of all others.
    pub(crate) async fn faults(&self, rules: &Value) {
        let url = format!("{}/_dev/faults", self.endpoint);
        let set = client().put(url).json(&json!({ "rules": rules }));
        let answer = set.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{rules}");
    }

    /// Deploys one more built-in app.
    pub(crate) async fn deploy(&self, name: &str) {
        let url = format!("{}/flyteidl2.app.AppService/Create", self.endpoint);
        let app = json!({"app": {
            "metadata": {"id": {"project": "flytesnacks", "domain": "development", "name": name}},
            "spec": {"container": {"image": "demo"}, "desiredState": "DESIRED_STATE_ACTIVE"},
        }});
        let request = client().post(url).header("authorization", TOKEN).json(&app);
        assert_eq!(request.send().await.unwrap().status(), 200, "{name}");
    }

    /// Says that all apps are at this address.
    pub(crate) async fn apps_are_at(&self, url: &str) {
        let effect = json!({"type": "app_endpoint", "url": url});
        self.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
            .await;
    }
}
