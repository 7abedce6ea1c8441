//! Requests that take longer than an engine waits, and what an engine may do then.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{mpsc, watch},
};

use super::server::{TestConnector, info, task};
use crate::harness::spawn;

/// A server that answers when it is told to, and notes who comes and goes.
struct Held {
    address: SocketAddr,
    release: watch::Sender<bool>,
    events: mpsc::UnboundedReceiver<&'static str>,
}

impl Held {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (release, released) = watch::channel(false);
        let (sender, events) = mpsc::unbounded_channel();
        spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (sender, mut released) = (sender.clone(), released.clone());
                spawn(async move {
                    let mut bytes = vec![0; 64 << 10];
                    let _ = stream.read(&mut bytes).await;
                    let _ = sender.send("came");
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate";
                    let is_released = tokio::select! {
                        told = released.wait_for(|is| *is) => told.is_ok(),
                        _ = stream.read(&mut bytes) => false,
                    };
                    if is_released {
                        let _ = stream.write_all(answer).await;
                    } else {
                        let _ = sender.send("went");
                    }
                });
            }
        });
        Self {
            address,
            release,
            events,
        }
    }

    fn task(&self, more: &Value) -> Value {
        let mut custom = json!({"url": format!("http://{}/", self.address), "timeout_sec": 50});
        for (key, value) in more.as_object().unwrap() {
            custom[key] = value.clone();
        }
        task(&custom, &[])
    }

    async fn event(&mut self) -> &'static str {
        self.events.recv().await.unwrap()
    }
}

fn yaml(more: &str) -> String {
    format!("egress: {{allow: [127.0.0.0/8]}}\nconnector: {{inline: 50ms, {more}}}\n")
}

/// Asks until the task has ended.
async fn ended(connector: &TestConnector, meta: &Value) -> Value {
    loop {
        let resource = connector.get(meta).await;
        if resource["phase"] != "RUNNING" {
            return resource;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_that_takes_long_goes_on_in_the_background() {
    let mut held = Held::start().await;
    let connector = TestConnector::with(&yaml("")).await;
    let meta = connector.create(&held.task(&json!({}))).await;
    assert_eq!(held.event().await, "came");
    let running = json!({"phase": "RUNNING", "message": "The webhook is being called."});
    assert_eq!(connector.get(&meta).await, running);
    held.release.send_replace(true);
    let resource = ended(&connector, &meta).await;
    assert_eq!(resource["phase"], "SUCCEEDED", "{resource}");
    assert_eq!(
        info(&resource),
        json!({"status_code": 200, "response_data": "late"})
    );
    assert_eq!(connector.get(&meta).await, resource, "and again");
}

#[tokio::test]
async fn deleting_a_task_stops_its_request() {
    let mut held = Held::start().await;
    let connector = TestConnector::with(&yaml("")).await;
    let meta = connector.create(&held.task(&json!({}))).await;
    assert_eq!(held.event().await, "came");
    let delete = json!({"resourceMeta": meta, "taskCategory": {"name": "webhook"}});
    for _ in 0..2 {
        let answer = connector.ask("DeleteTask", &delete).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "{}"));
    }
    assert_eq!(held.event().await, "went");
    let resource = connector.get(&meta).await;
    assert_eq!(resource["phase"], "FAILED", "{resource}");
}

#[tokio::test]
async fn an_engine_that_asks_twice_makes_one_request() {
    let mut held = Held::start().await;
    let connector = TestConnector::with(&yaml("")).await;
    let mut request = held.task(&json!({}));
    request["outputPrefix"] = json!("s3://bucket/run/a0/0");
    request["taskExecutionMetadata"] = json!({"taskExecutionId": {
        "taskId": {"name": "t"},
        "nodeExecutionId": {"nodeId": "a0", "executionId": {"project": "p", "domain": "d", "name": "run"}},
    }});
    let first = connector.create(&request).await;
    let second = connector.create(&request).await;
    assert_eq!(held.event().await, "came");
    held.release.send_replace(true);
    let resource = ended(&connector, &first).await;
    assert_eq!(ended(&connector, &second).await, resource);
    let third = connector.create(&request).await;
    assert_eq!(
        connector.get(&third).await,
        resource,
        "while the result is kept"
    );
    // Another attempt is another request.
    request["taskExecutionMetadata"]["taskExecutionId"]["retryAttempt"] = json!(1);
    let fourth = connector.create(&request).await;
    ended(&connector, &fourth).await;
    assert_eq!(held.event().await, "came");
    assert!(held.events.try_recv().is_err(), "two requests in all");
}

#[tokio::test]
async fn after_a_restart_a_result_is_still_there_and_an_unknown_outcome_says_so() {
    let held = Held::start().await;
    let done = Held::start().await;
    done.release.send_replace(true);
    let short = yaml("timeout: 300ms, unknown_after: 0s");
    let before = TestConnector::with(&short).await;
    let finished = before.create(&done.task(&json!({}))).await;
    let post = before.create(&held.task(&json!({"method": "POST"}))).await;
    let put = before.create(&held.task(&json!({"method": "PUT"}))).await;
    drop(before);
    let after = TestConnector::with(&short).await;
    let resource = after.get(&finished).await;
    assert_eq!(resource["phase"], "SUCCEEDED", "{resource}");
    let message =
        "The webhook's outcome is unknown: the connector was restarted during its request.";
    for (meta, phase) in [(post, "FAILED"), (put, "RETRYABLE_FAILED")] {
        // Until its latest end it may be another replica's.
        let resource = ended(&after, &meta).await;
        assert_eq!(resource, json!({"phase": phase, "message": message}));
    }
    let keyed = yaml("timeout: 300ms, unknown_after: 0s, idempotency_header: Idempotency-Key");
    let before = TestConnector::with(&keyed).await;
    let post = before.create(&held.task(&json!({"method": "POST"}))).await;
    drop(before);
    let resource = ended(&TestConnector::with(&keyed).await, &post).await;
    assert_eq!(resource["phase"], "RETRYABLE_FAILED", "{resource}");
}

#[tokio::test]
async fn another_replica_neither_loses_nor_stops_a_request_that_goes_on() {
    let mut held = Held::start().await;
    let (one, another) = (
        TestConnector::with(&yaml("")).await,
        TestConnector::with(&yaml("")).await,
    );
    let meta = one.create(&held.task(&json!({}))).await;
    assert_eq!(held.event().await, "came");
    assert_eq!(another.get(&meta).await["phase"], "RUNNING");
    let delete = json!({"resourceMeta": meta, "taskCategory": {"name": "webhook"}});
    let answer = another.ask("DeleteTask", &delete).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("unavailable"))
    );
    held.release.send_replace(true);
    assert_eq!(ended(&one, &meta).await["phase"], "SUCCEEDED");
}

#[tokio::test]
async fn what_was_not_made_here_is_refused() {
    let key = "resource_key: 0123456789-0123456789-0123456789";
    let (sealed, open) = (
        TestConnector::with(&yaml(key)).await,
        TestConnector::with(&yaml("")).await,
    );
    let done = Held::start().await;
    done.release.send_replace(true);
    let foreign = open.create(&done.task(&json!({}))).await;
    for meta in [foreign, json!(""), json!("AAAA"), json!("A".repeat(4096))] {
        for method in ["GetTask", "DeleteTask"] {
            let request = json!({"resourceMeta": meta, "taskCategory": {"name": "webhook"}});
            let answer = sealed.ask(method, &request).await;
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (400, &json!("invalid_argument"))
            );
        }
    }
    let own = sealed.create(&done.task(&json!({}))).await;
    assert_eq!(sealed.get(&own).await["phase"], "SUCCEEDED");
}
