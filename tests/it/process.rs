//! The real binary: how it starts, stops, what it needs and what it logs.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    harness::{Answer, client, embedded, spawn},
    program::{self, Program},
};

const TOKEN: &str = "canary-7c1f09b2d4e8a635";

/// The program in front of an embedded control plane of the test's own.
struct Served {
    program: Program,
    control_plane: String,
    _stop: DropGuard,
    _data: TempDir,
}

impl Served {
    async fn start(yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let address = embedded(data.path(), stop.clone()).await.address();
        let control_plane = format!("http://{address}");
        Self {
            program: Program::serve(&control_plane, yaml).await,
            control_plane,
            _stop: stop.drop_guard(),
            _data: data,
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.program.address);
        client()
            .request(method, url)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("cookie", format!("session={TOKEN}"))
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    async fn faults(&self, effect: &Value, delay_ms: u32) {
        let rule = json!({"method": "*", "effect": effect, "delay_ms": delay_ms});
        let url = format!("{}/_dev/faults", self.control_plane);
        let set = client().put(url).json(&json!({"rules": [rule]}));
        assert_eq!(Answer::of(set).await.status, 200);
    }

    /// Waits until a call has reached the control plane.
    async fn called(&self) {
        let url = format!("{}/_dev/requests", self.control_plane);
        for _ in 0..2_000 {
            if Answer::of(client().get(&url)).await.body["total"] != 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no call reached the control plane");
    }
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_sigterm_and_the_exit_code_is_0() {
    let served = Served::start("{}\n").await;
    served.faults(&Value::Null, 500).await;
    let asked = spawn(Answer::of(served.request(Method::GET, "/me")));
    served.called().await;
    served.program.terminate();
    let answer = asked.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (status, log) = served.program.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
}

#[tokio::test]
async fn a_request_that_takes_longer_than_the_grace_does_not_keep_the_program() {
    let served = Served::start("server: {shutdown_grace: 100ms}\n").await;
    served.faults(&json!({"type": "black_hole"}), 0).await;
    let request = served.request(Method::GET, "/me").send();
    let asked = spawn(async { request.await.is_err() });
    served.called().await;
    served.program.terminate();
    let ended = tokio::time::timeout(Duration::from_secs(10), served.program.ended()).await;
    let (status, log) = ended.expect("it ends after the grace");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("unanswered after the grace period"), "{log}");
    assert!(asked.await.unwrap(), "the connection was closed");
}

/// Known from the message: a port that is free now may not be free then.
#[tokio::test]
async fn the_platforms_port_is_listened_on_and_one_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let output = program::command("http://127.0.0.1:9")
        .env("PORT", address.port().to_string())
        .output();
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = format!("server.host, server.port: cannot listen on {address}; choose another");
    assert!(said.contains(&expected), "{said}");
    assert_eq!(output.status.code(), Some(78));
}

#[tokio::test]
async fn no_credential_is_logged_whatever_goes_wrong_at_log_level_trace() {
    let served = Served::start("telemetry: {log_level: trace}\n").await;
    let task = "development/flytesnacks/demo.hello";
    for effect in [
        Value::Null,
        json!({"type": "echo_token", "code": "internal"}),
        json!({"type": "echo_token", "code": "unauthenticated"}),
        json!({"type": "garbage"}),
        json!({"type": "reset"}),
    ] {
        served.faults(&effect, 1).await;
        served.get("/me").await;
        served.get(&format!("/task/{task}")).await;
        served.get("/run/none/io").await;
        served.post(&format!("/run-task/{task}"), &json!({})).await;
        served.post("/run/none/abort", &json!(null)).await;
        served.get(&format!("/none?token={TOKEN}")).await;
    }
    served.program.terminate();
    let (_, log) = served.program.ended().await;
    assert!(
        log.contains(r#""level":"TRACE""#),
        "the log is at its finest"
    );
    for piece in TOKEN.as_bytes().windows(12) {
        let piece = std::str::from_utf8(piece).unwrap();
        let line = log.lines().find(|line| line.contains(piece));
        assert_eq!(line, None, "{piece}");
    }
}

#[tokio::test]
async fn bodies_and_answers_without_measure_cost_little_memory() {
    let served = Served::start("{}\n").await;
    let start = "/run-task/development/flytesnacks/demo.hello";
    assert_eq!(served.post(start, &json!({})).await.status, 200);
    let before = served.program.memory();
    served.program.forget_peak();
    for _ in 0..4 {
        let large = served
            .request(Method::POST, start)
            .header("content-type", "application/json")
            .body(vec![b' '; 20 << 20]);
        // The server may close before all was sent; an answer that came is 413.
        if let Ok(response) = large.send().await {
            assert_eq!(response.status(), 413);
        }
    }
    served.faults(&json!({"type": "oversized"}), 0).await;
    for path in [
        "/me",
        "/run/none",
        "/task/development/flytesnacks/demo.hello",
    ] {
        assert_eq!(served.get(path).await.status, 502, "{path}");
    }
    let growth = served.program.peak_memory().saturating_sub(before);
    // Far less than one of the answers, of which 8 MiB are read.
    assert!(growth < 64 << 10, "grew by {growth} KiB");
}
