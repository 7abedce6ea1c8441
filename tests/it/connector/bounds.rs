//! What whoever reaches the port can send, and the bound of each.

use std::{io::Read, time::Duration};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    grpc::{Engine, framed},
    server::{TestConnector, task},
};
use crate::{app::target::Target, harness::Answer, tls::Made};

const CREATE: &str = "flyteidl2.connector.AsyncConnectorService/CreateTask";
const EXECUTE: &str = "flyteidl.service.SyncAgentService/ExecuteTaskSync";
const LIST: &str = "flyteidl2.connector.ConnectorMetadataService/ListConnectors";
const CHECK: &str = "grpc.health.v1.Health/Check";
const IN_FLIGHT: &str = "flyte_webhook_connector_call_bytes_in_flight";

const OK: u32 = 0;
const DEADLINE_EXCEEDED: u32 = 4;
const RESOURCE_EXHAUSTED: u32 = 8;

fn yaml(connector: &str) -> String {
    format!("egress: {{allow: [127.0.0.0/8]}}\nconnector: {{{connector}}}\n")
}

/// Waits until a line of the metrics is there.
async fn counts(connector: &TestConnector, line: &str) {
    while !connector.metrics().lines().any(|it| it == line) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let connector = TestConnector::with(&yaml("max_message_bytes: 1024")).await;
    let engine = Engine::connect(connector.address).await;
    for method in [CREATE, EXECUTE] {
        let said = engine.call(method, &[b' '; 1025]).await;
        assert_eq!(said.code, RESOURCE_EXHAUSTED, "{method} {said:?}");
    }
    // Its size alone, of which nothing comes.
    let open = engine.open(CREATE, &[]);
    open.send(Bytes::from_static(&[0, 255, 255, 255, 255]));
    assert_eq!(open.end().await.code, RESOURCE_EXHAUSTED);
    counts(&connector, &format!("{IN_FLIGHT} 0")).await;
}

#[tokio::test]
async fn more_calls_than_there_are_places_for_are_refused_but_probes_are_not() {
    let connector = TestConnector::with(&yaml("max_requests: 3")).await;
    let engine = Engine::connect(connector.address).await;
    let held: Vec<_> = (0..3).map(|_| engine.open(EXECUTE, &[])).collect();
    counts(&connector, "flyte_webhook_connector_active_calls 3").await;
    for method in [CREATE, EXECUTE, LIST] {
        let said = engine.call(method, b"").await;
        assert_eq!(said.code, RESOURCE_EXHAUSTED, "{method} {said:?}");
        assert!(said.message.contains("connector.max_requests"), "{said:?}");
    }
    assert_eq!(engine.call(CHECK, b"").await.code, OK);
    drop(held);
    counts(&connector, "flyte_webhook_connector_active_calls 0").await;
    assert_eq!(engine.call(LIST, b"").await.code, OK);
}

#[tokio::test]
async fn all_messages_together_take_no_more_than_the_budget_and_give_it_back() {
    let limits = "max_message_bytes: 16384, max_bytes_in_flight: 65536";
    let connector = TestConnector::with(&yaml(limits)).await;
    let engine = Engine::connect(connector.address).await;
    let half = Bytes::from(vec![0; 13_000]);
    let held: Vec<_> = (0..5)
        .map(|_| {
            let open = engine.open(CREATE, &[]);
            open.send(half.clone());
            open
        })
        .collect();
    counts(&connector, &format!("{IN_FLIGHT} 65000")).await;
    let said = engine.call(CREATE, &[b' '; 1000]).await;
    assert_eq!(said.code, RESOURCE_EXHAUSTED, "{said:?}");
    assert!(
        said.message.contains("connector.max_bytes_in_flight"),
        "{said:?}"
    );
    drop(held);
    counts(&connector, &format!("{IN_FLIGHT} 0")).await;
    assert_eq!(engine.call(LIST, b"").await.code, OK);
}

#[tokio::test]
async fn what_is_compressed_counts_as_what_it_may_come_to() {
    let limits = "max_message_bytes: 16384, max_bytes_in_flight: 65536";
    let connector = TestConnector::with(&yaml(limits)).await;
    let engine = Engine::connect(connector.address).await;
    let gzip = [("grpc-encoding", "gzip")];
    let held: Vec<_> = (0..4).map(|_| engine.open(EXECUTE, &gzip)).collect();
    counts(&connector, &format!("{IN_FLIGHT} 65536")).await;
    let said = engine.open(EXECUTE, &gzip).end().await;
    assert_eq!(said.code, RESOURCE_EXHAUSTED, "{said:?}");
    drop(held);
    counts(&connector, &format!("{IN_FLIGHT} 0")).await;
    let open = engine.open(CREATE, &gzip);
    let bomb = gzipped(&vec![0; 1 << 20]);
    let mut framed = framed(&bomb).to_vec();
    framed[0] = 1;
    open.send(framed.into());
    let said = open.end().await;
    assert_eq!(said.code, RESOURCE_EXHAUSTED, "{said:?}");
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let level = flate2::Compression::best();
    let mut encoder = flate2::read::GzEncoder::new(bytes, level);
    encoder.read_to_end(&mut out).unwrap();
    out
}

#[tokio::test]
async fn a_template_that_repeats_its_input_is_held_to_the_same_budget() {
    let target = Target::json("200 OK", "{}").await;
    let limits = "max_message_bytes: 262144, max_bytes_in_flight: 1048576, inline: 10s";
    let connector = TestConnector::with(&yaml(limits)).await;
    let input = [("v", json!("x".repeat(10_000)))];
    let repeated = |times: usize| {
        let list: Vec<&str> = std::iter::repeat_n("{inputs.v}", times).collect();
        json!({"url": target.url(), "data": {"l": list}, "show_data": true})
    };
    let small = connector
        .ask("CreateTask", &task(&repeated(2), &input))
        .await;
    assert_eq!(small.status, 200, "{}", small.text);
    let held = Target::stalling("").await;
    let mut large = repeated(25);
    large["url"] = json!(held.url());
    let connector = &connector;
    let create = |large: Value| {
        let input = input.clone();
        async move { connector.ask("CreateTask", &task(&large, &input)).await }
    };
    let mut refused = 0;
    let all = futures::future::join_all((0..4).map(|_| async {
        let created = tokio::time::timeout(Duration::from_secs(2), create(large.clone())).await;
        created.ok()
    }));
    for answer in all.await.into_iter().flatten() {
        assert_eq!(answer.body["code"], "resource_exhausted", "{}", answer.text);
        refused += 1;
    }
    assert_eq!(refused, 3, "one takes three quarters of the budget");
}

#[tokio::test]
async fn a_call_that_does_not_arrive_is_given_up() {
    let yaml = format!("{}limits: {{body_timeout: 200ms}}\n", yaml("inline: 100ms"));
    let connector = TestConnector::with(&yaml).await;
    let engine = Engine::connect(connector.address).await;
    for (method, piece) in [
        (CREATE, &b""[..]),
        (CREATE, &[0, 0, 0, 0, 9, 1]),
        (EXECUTE, b""),
        (EXECUTE, &[0, 0, 0, 0, 9, 1]),
    ] {
        let open = engine.open(method, &[]);
        let held = engine.open(CHECK, &[]);
        open.send(Bytes::copy_from_slice(piece));
        let said = open.answer().await;
        assert_eq!(said.code, DEADLINE_EXCEEDED, "{method} {piece:?} {said:?}");
        assert_eq!(held.answer().await.code, DEADLINE_EXCEEDED);
    }
}

#[tokio::test]
async fn connections_beyond_the_bound_and_those_that_say_nothing_are_closed() {
    let yaml = format!(
        "{}server: {{head_timeout: 200ms}}\n",
        yaml("max_connections: 2")
    );
    let connector = TestConnector::with(&yaml).await;
    let _one = Engine::connect(connector.address).await;
    let mut silent = TcpStream::connect(connector.address).await.unwrap();
    let mut third = TcpStream::connect(connector.address).await.unwrap();
    let mut rest = Vec::new();
    let _ = third.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    // An error says that it was reset.
    let _ = third.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
    assert_eq!(silent.read_to_end(&mut rest).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn whoever_waits_less_than_others_is_answered_while_it_still_listens() {
    let held = Target::stalling("").await;
    let connector = TestConnector::with(&yaml("")).await;
    let engine = Engine::connect(connector.address).await;
    let custom = json!({"url": held.url(), "timeout_sec": 30});
    let open = engine.open(CREATE, &[("grpc-timeout", "1500m")]);
    let message = super::server::create_task(&task(&custom, &[]));
    open.send(framed(&message));
    let said = open.end().await;
    assert_eq!(said.code, OK, "{said:?}");
    assert!(said.body.len() > 5, "what the task is known by");
}

#[tokio::test]
async fn the_port_speaks_tls_where_it_has_a_certificate() {
    let made = Made::new();
    let connector = TestConnector::with(&format!("connector: {{{}}}\n", made.section())).await;
    let port = connector.address.port();
    let ask = async |client: reqwest::Client| {
        let request = client.post(format!("https://localhost:{port}/{LIST}"));
        request.json(&json!({})).send().await
    };
    let agreed = made.agreed(connector.address, &["h2"]).await;
    assert_eq!(agreed.as_deref(), Some(&b"h2"[..]), "engines insist on it");
    let answer = ask(made.client()).await.unwrap();
    let answer = Answer::read(answer).await;
    assert_eq!(answer.body["connectors"][0]["name"], "Webhook Connector");
    assert!(
        ask(crate::harness::client()).await.is_err(),
        "another authority's"
    );
    let mut plain = TcpStream::connect(connector.address).await.unwrap();
    plain
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let mut rest = Vec::new();
    let _ = plain.read_to_end(&mut rest).await;
    assert!(
        !rest.contains(&b'H'),
        "nothing is said in clear text: {rest:?}"
    );
}
