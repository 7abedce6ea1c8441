//! A connector on a port of its own, asked in Connect's JSON.

use std::{net::SocketAddr, sync::Arc};

use flyte_webhook::{
    app::{ConnectorApp, Lasting},
    egress::{Lookup, SystemLookup},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, client, config, spawn};

/// A running connector; stops when it is dropped.
pub(crate) struct TestConnector {
    pub(crate) address: SocketAddr,
    client: Client,
    lasting: Lasting,
}

impl TestConnector {
    /// A connector with this configuration.
    pub(crate) async fn with(yaml: &str) -> Self {
        Self::resolving_by(Arc::new(SystemLookup), yaml).await
    }

    /// The same with a way of the test's own to find the addresses of hosts.
    pub(crate) async fn resolving_by(lookup: Arc<dyn Lookup>, yaml: &str) -> Self {
        let config = config("http://127.0.0.1:1", yaml);
        let lasting = Lasting::new(CancellationToken::new());
        let app = ConnectorApp::resolving_by(&config, &lasting, lookup).unwrap();
        let main = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = main.local_addr().unwrap();
        spawn(async move { app.serve(main).await.unwrap() });
        Self {
            address,
            client: client(),
            lasting,
        }
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> String {
        self.lasting.metrics.render()
    }

    /// Tells it to stop.
    pub(crate) fn stop(&self) {
        self.lasting.shutdown.cancel();
    }

    /// Asks Flyte 2's service.
    pub(crate) async fn ask(&self, method: &str, request: &Value) -> Answer {
        let address = self.address;
        let url = format!("http://{address}/flyteidl2.connector.AsyncConnectorService/{method}");
        Answer::of(self.client.post(url).json(request)).await
    }

    /// Creates a task; gives what the engine keeps of it.
    pub(crate) async fn create(&self, request: &Value) -> Value {
        let answer = self.ask("CreateTask", request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["resourceMeta"].clone()
    }

    /// What has come of a task so far.
    pub(crate) async fn get(&self, resource_meta: &Value) -> Value {
        let request = json!({
            "resourceMeta": resource_meta,
            "taskCategory": {"name": "webhook"},
        });
        let answer = self.ask("GetTask", &request).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["resource"].clone()
    }

    /// Creates a task and asks for it once.
    pub(crate) async fn perform(&self, custom: &Value, inputs: &[(&str, Value)]) -> Value {
        let resource_meta = self.create(&task(custom, inputs)).await;
        self.get(&resource_meta).await
    }
}

impl Drop for TestConnector {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A webhook task as Flyte 2 creates one.
pub(crate) fn task(custom: &Value, inputs: &[(&str, Value)]) -> Value {
    let literal = |(name, value): &(&str, Value)| {
        let primitive = match value.as_str() {
            Some(text) => json!({ "stringValue": text }),
            None => json!({ "integer": value.as_i64().unwrap().to_string() }),
        };
        json!({"name": name, "value": {"scalar": {"primitive": primitive}}})
    };
    let literals: Vec<Value> = inputs.iter().map(literal).collect();
    json!({
        "template": {"type": "webhook", "custom": custom},
        "inputs": {"literals": literals},
    })
}

/// The output of a resource, unpacked.
pub(crate) fn info(resource: &Value) -> Value {
    let literal = &resource["outputs"]["literals"][0];
    assert_eq!(literal["name"], "info", "{resource}");
    let binary = &literal["value"]["scalar"]["binary"];
    assert_eq!(binary["tag"], "msgpack", "{resource}");
    let bytes = data_encoding::BASE64.decode(binary["value"].as_str().unwrap().as_bytes());
    unpacked(&bytes.unwrap())
}

/// `MessagePack` as JSON, by the reader of the core crate.
fn unpacked(bytes: &[u8]) -> Value {
    use flyte_idl::flyteidl2::core::{Binary, Literal, LiteralType, Scalar, literal, scalar};

    let binary = Binary {
        value: bytes.to_vec(),
        tag: "msgpack".to_owned(),
        ..Default::default()
    };
    let scalar = Scalar {
        value: Some(scalar::Value::Binary(Box::new(binary))),
        ..Default::default()
    };
    let literal = Literal {
        value: Some(literal::Value::Scalar(Box::new(scalar))),
        ..Default::default()
    };
    flyte_webhook_core::literal::to_json(&LiteralType::default(), &literal).unwrap()
}

/// The same request as protobuf.
pub(crate) fn create_task(request: &Value) -> Vec<u8> {
    use buffa::Message;
    use flyte_idl::flyteidl2::connector::CreateTaskRequest;

    let request: CreateTaskRequest = serde_json::from_value(request.clone()).unwrap();
    request.encode_to_vec()
}
