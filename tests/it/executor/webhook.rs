//! Attempts that a connector makes.

use std::time::{Duration, Instant};

use flyte_webhook::embedded::executor::Outcome;
use serde_json::json;
use tokio::{io::AsyncReadExt, net::TcpListener};

use super::attempt::Bench;
use crate::{connector::server::TestConnector, harness::spawn};

/// Less than the connector lets an engine wait before it says that a request goes on.
const TIMEOUT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn the_time_of_an_attempt_includes_its_creation_and_its_request_is_stopped_with_it() {
    let webhook = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", webhook.local_addr().unwrap());
    let connector = TestConnector::with("egress: {allow: [127.0.0.0/8]}\n").await;
    let bench = Bench::new();
    let mut attempt = bench.script("false", &[]);
    let custom = json!({"url": url, "timeout_sec": 30});
    attempt.template.r#type = "webhook".to_owned();
    attempt.template.custom = serde_json::from_value(custom).map(Some).unwrap().into();
    attempt.connector = Some(connector.address);
    attempt.timeout = Some(TIMEOUT);
    let gone = spawn(async move {
        let (mut stream, _) = webhook.accept().await.unwrap();
        let mut bytes = Vec::new();
        // Until the connector closes it, or breaks it off.
        let _ = stream.read_to_end(&mut bytes).await;
        bytes
    });
    let started = Instant::now();
    assert_eq!(bench.execute(attempt).await, Outcome::TimedOut);
    let took = started.elapsed();
    assert!(took >= TIMEOUT && took < 6 * TIMEOUT, "{took:?}");
    let came = gone.await.unwrap();
    assert!(
        came.starts_with(b"POST / HTTP/1.1\r\n"),
        "the request was made"
    );
}
