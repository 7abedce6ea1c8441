//! What a webhook is sent, and what of its answer is taken.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use flyte_webhook_core::hook::{sign::Signer, source::Source};
use serde_json::json;

use super::server::{TestConnector, info, task};
use crate::app::target::Target;

const LOOPBACK: &str = "egress: {allow: [127.0.0.0/8]}\n";

fn yaml(more: &str) -> String {
    format!("{LOOPBACK}connector: {{{more}}}\n")
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = request.split("\r\n");
    lines.find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

#[tokio::test]
async fn every_method_that_is_allowed_is_sent_and_no_other() {
    let mut target = Target::json("204 No Content", "").await;
    let connector = TestConnector::with(LOOPBACK).await;
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
        let custom = json!({"url": target.url(), "method": method, "data": {"a": 1}});
        let resource = connector.perform(&custom, &[]).await;
        assert_eq!(
            info(&resource),
            json!({"status_code": 204, "response_data": ""})
        );
        let request = target.requests().remove(0);
        let (line, body) = match method {
            "GET" | "HEAD" => (format!("{method} /?a=1.0 HTTP/1.1\r\n"), ""),
            _ => (format!("{method} / HTTP/1.1\r\n"), "{\"a\":1.0}"),
        };
        assert!(request.starts_with(&line), "{request}");
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
    }
    let strict = TestConnector::with(&yaml("methods: [POST]")).await;
    for (connector, method) in [
        (&connector, "TRACE"),
        (&connector, "CONNECT"),
        (&strict, "GET"),
    ] {
        let resource = connector
            .perform(&json!({"url": target.url(), "method": method}), &[])
            .await;
        let message =
            format!("The method {method} is not allowed; connector.methods lists those that are.");
        assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
    }
    assert_eq!(target.requests(), [""; 0]);
}

#[tokio::test]
async fn a_request_is_made_again_only_where_that_is_safe() {
    for (method, keyed, times) in [
        ("GET", false, 3),
        ("PUT", false, 3),
        ("DELETE", false, 3),
        ("POST", false, 1),
        ("PATCH", false, 1),
        ("POST", true, 3),
    ] {
        let mut target = Target::json("503 Unavailable", "later").await;
        let keyed = if keyed {
            ", idempotency_header: Idempotency-Key"
        } else {
            ""
        };
        let more = format!("retries: 2, retry_pause: 1ms{keyed}");
        let connector = TestConnector::with(&yaml(&more)).await;
        let custom = json!({"url": target.url(), "method": method});
        let resource = connector.perform(&custom, &[]).await;
        let message = "Webhook failed with status code 503, response: later";
        assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
        let requests = target.requests();
        assert_eq!(requests.len(), times, "{method}");
        let keys = requests
            .iter()
            .map(|request| header(request, "idempotency-key"));
        let keys: Vec<_> = keys.collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_eq!(keys[0].is_some(), !more.ends_with("1ms"));
    }
    // Of what will not be otherwise the next time, once is enough.
    for status in ["400 X", "404 X", "500 X", "501 X", "301 X"] {
        let mut target = Target::json(status, "").await;
        let connector = TestConnector::with(&yaml("retries: 2, retry_pause: 1ms")).await;
        connector
            .perform(&json!({"url": target.url(), "method": "GET"}), &[])
            .await;
        assert_eq!(target.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_server_that_says_when_to_come_back_is_obeyed_within_the_time_there_is() {
    let later = |seconds: u64| {
        format!("HTTP/1.1 429 X\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n")
    };
    let mut soon = Target::answering(later(1)).await;
    let mut late = Target::answering(later(100)).await;
    let connector = TestConnector::with(&yaml("retries: 1, retry_pause: 1ms")).await;
    let started = Instant::now();
    connector
        .perform(&json!({"url": late.url(), "method": "GET"}), &[])
        .await;
    let mut never = Target::answering(later(u64::MAX)).await;
    let asked = json!({"url": never.url(), "method": "GET"});
    let refused = connector.perform(&asked, &[]).await;
    assert_eq!(
        (&refused["phase"], never.requests().len()),
        (&json!("FAILED"), 1)
    );
    assert!(started.elapsed() < Duration::from_secs(1));
    connector
        .perform(&json!({"url": soon.url(), "method": "GET"}), &[])
        .await;
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!((soon.requests().len(), late.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_task_of_many_members_is_refused_and_not_worked_at() {
    let connector = TestConnector::with(&yaml("retries: 0")).await;
    let target = Target::json("200 OK", "{}").await;
    let url = target.url();
    let headers: serde_json::Map<_, _> =
        (0..30_000).map(|n| (format!("x-{n}"), json!(""))).collect();
    let custom = json!({"url": url, "headers": headers});
    let resource = connector.perform(&custom, &[]).await;
    let message = "The task's headers has to be an object of at most 1000 members.";
    assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
    let items = vec![json!(true); 100_000];
    let custom = json!({"url": url, "method": "GET", "data": {"k": items}});
    let resource = connector.perform(&custom, &[]).await;
    let message = "The path and the query of the URL are too long.";
    assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
}

#[tokio::test]
async fn requests_are_signed_for_the_hosts_that_have_a_key() {
    let symmetric = format!("whsec_{}", BASE64.encode(&[1; 32]));
    let private = format!("whsk_{}", BASE64.encode(&[2; 32]));
    for (key, prefix) in [(&symmetric, "v1,"), (&private, "v1a,")] {
        let mut target = Target::json("200 OK", "{}").await;
        let signing = format!("signing: [{{hosts: [127.0.0.1], key: '{key}'}}]");
        let connector = TestConnector::with(&yaml(&signing)).await;
        let custom =
            json!({"url": target.url(), "data": {"a": "b"}, "headers": {"webhook-id": "x"}});
        connector.perform(&custom, &[]).await;
        let request = target.requests().remove(0);
        let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| header(&request, name).unwrap());
        assert!(
            id.starts_with("msg_") && signature.starts_with(prefix),
            "{request}"
        );
        let timestamp: i64 = timestamp.parse().unwrap();
        let scheme = Source::StandardWebhooks.scheme().unwrap();
        let signer = Signer::new(scheme, key.as_str().into()).unwrap();
        let at = jiff::Timestamp::from_second(timestamp).unwrap();
        let expected = signer.headers(id, at, b"{\"a\":\"b\"}");
        let is_signature = |(name, _): &&(String, String)| name == "webhook-signature";
        assert_eq!(signature, expected.iter().find(is_signature).unwrap().1);
        let age = jiff::Timestamp::now().as_second() - timestamp;
        assert!((0..60).contains(&age), "{age}");
        let other = format!("http://localhost:{}/", target.address.port());
        connector.perform(&json!({ "url": other }), &[]).await;
        assert_eq!(header(&target.requests()[0], "webhook-signature"), None);
    }
}

#[tokio::test]
async fn an_answer_is_read_within_its_bounds() {
    let connector = TestConnector::with(&yaml("max_response_bytes: 100, timeout: 2s")).await;
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1000));
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n";
    let head = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
    for (answer, message) in [
        (
            endless.as_str(),
            "The webhook's answer has more than 100 bytes.",
        ),
        (announced, "The webhook's answer has more than 100 bytes."),
        (&head, "The webhook's answer broke off."),
        (&interim, "The webhook's answer broke off."),
    ] {
        let target = Target::stalling(answer).await;
        let resource = connector.perform(&json!({"url": target.url()}), &[]).await;
        assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
    }
    let silent = Target::stalling("").await;
    let custom = json!({"url": silent.url(), "timeout_sec": 0.1});
    let resource = connector.perform(&custom, &[]).await;
    let message = "The webhook did not answer in time (0.1 s).";
    assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
}

#[tokio::test]
async fn as_many_requests_as_may_are_made_at_once_and_the_engine_is_told_of_more() {
    let silent = Target::stalling("").await;
    let connector = TestConnector::with(&yaml("max_calls: 2, inline: 10ms")).await;
    let request = task(&json!({"url": silent.url(), "timeout_sec": 30}), &[]);
    for _ in 0..2 {
        connector.create(&request).await;
    }
    let answer = connector.ask("CreateTask", &request).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (429, &json!("resource_exhausted"))
    );
}

#[tokio::test]
async fn another_task_is_not_found() {
    let connector = TestConnector::with(LOOPBACK).await;
    for (name, version) in [("other", 0), ("webhook", 1), ("", 0)] {
        let message = format!("Cannot find connector for task type: {name}.");
        let category = json!({"name": name, "version": version});
        let template = json!({"type": name, "taskTypeVersion": version});
        for (method, request) in [
            ("CreateTask", json!({ "template": template })),
            ("GetTask", json!({ "taskCategory": category })),
            ("DeleteTask", json!({ "taskCategory": category })),
        ] {
            let answer = connector.ask(method, &request).await;
            assert_eq!(answer.status, 404, "{method}: {}", answer.text);
            assert_eq!(
                answer.body,
                json!({"code": "not_found", "message": message})
            );
        }
    }
}

#[tokio::test]
async fn a_task_that_makes_no_sense_fails_and_says_why() {
    let mut target = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with(LOOPBACK).await;
    let url = target.url();
    for (custom, message) in [
        (json!({}), "The task's url has to be a text."),
        (
            json!({"url": url, "headers": []}),
            "The task's headers has to be an object.",
        ),
        (
            json!({"url": url, "headers": {"A": 1}}),
            "The value of the header \"a\" cannot be sent; it has to be one line of ASCII text.",
        ),
        (
            json!({"url": url, "method": "GET", "data": []}),
            "The task's data has to be an object.",
        ),
        (
            json!({"url": url, "timeout_sec": -1}),
            "The task's timeout_sec has to be a number of seconds.",
        ),
        (
            json!({"url": url, "headers": {"Transfer-Encoding": "chunked"}}),
            "The header \"Transfer-Encoding\" is no task's to set.",
        ),
        (
            json!({"url": url, "data": {"a": "{secrets.b}"}}),
            "There is no secret b for webhook tasks; it needs an entry of connector.secrets, or one of the task's connection.",
        ),
    ] {
        let resource = connector.perform(&custom, &[]).await;
        assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
    }
    assert_eq!(target.requests(), [""; 0]);
}

#[tokio::test]
async fn secrets_that_the_engine_sends_along_are_the_tasks_to_use() {
    let mut target = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with(LOOPBACK).await;
    let custom = json!({"url": target.url(), "headers": {"X-Key": "{secrets.mine}"}, "show_data": true, "data": {"k": "{secrets.mine}"}});
    let mut request = task(&custom, &[]);
    request["connection"] = json!({"secrets": {"mine": "from-the-engine"}});
    let resource = connector.get(&connector.create(&request).await).await;
    assert_eq!(info(&resource)["input_data"], json!({"k": "(secret)"}));
    assert!(target.requests()[0].contains("from-the-engine"));
}
