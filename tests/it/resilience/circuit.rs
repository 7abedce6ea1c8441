//! What fails again and again is not asked for a while, and by nobody who has
//! nothing to do with it is it missed.

use std::{io, net::SocketAddr, time::Duration};

use flyte_webhook::embedded;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{asked, fail, me};
use crate::harness::{Answer, TestApp};

/// Three failures open a circuit for long; nothing is made again.
const OPENS: &str = "limits: {circuit_failures: 3, circuit_pause: 60s, retry_percent: 0, \
                     upstream_timeout: 300ms, connect_timeout: 300ms}\n";

fn not_asked() -> Value {
    json!({
        "detail": "Looking up the user failed: the control plane has failed again and again \
                   and is not asked for a while; try again later",
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "control_plane_unavailable",
        "source": "control_plane",
        "retryable": true,
    })
}

fn assert_not_asked(answer: &Answer) {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("request_id");
    assert_eq!((answer.status, body), (503, not_asked()));
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&seconds), "{seconds}");
}

/// An address where nothing listens.
fn closed() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn where_no_connection_can_be_made_none_is_tried_for_a_while() {
    let address = closed();
    let app = TestApp::against(&format!("http://{address}"), OPENS).await;
    for name in ["a", "b", "c"] {
        assert_eq!(me(&app, name).await.body["code"], "unavailable");
    }
    let listener = std::net::TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    for name in ["a", "b", "d"] {
        assert_not_asked(&me(&app, name).await);
    }
    let accepted = listener.accept().map_err(|error| error.kind());
    assert_eq!(accepted.unwrap_err(), io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_control_plane_that_is_back_is_asked_again() {
    let address = closed();
    let yaml = "limits: {circuit_failures: 3, circuit_pause: 1s}\n";
    let app = TestApp::against(&format!("http://{address}"), yaml).await;
    // Three calls at once, the last of which opens the circuit.
    assert_eq!(me(&app, "a").await.body["code"], "unavailable");
    assert_eq!(
        me(&app, "a").await.body["code"],
        "control_plane_unavailable"
    );
    let data = tempfile::tempdir().unwrap();
    let shutdown = CancellationToken::new();
    let options = embedded::Options {
        listen: address,
        data_dir: data.path().to_owned(),
        concurrency: 1,
        tls: None,
        connector: None,
        faults: Vec::new(),
        now: jiff::Timestamp::now,
        host: embedded::HostEnvironment::default(),
    };
    let _control_plane = embedded::start(options, shutdown.clone()).await.unwrap();
    let back = async {
        while me(&app, "a").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let back = tokio::time::timeout(Duration::from_secs(10), back).await;
    back.expect("asked again after the pause");
    for _ in 0..20 {
        assert_eq!(me(&app, "a").await.status, 200);
    }
    shutdown.cancel();
}

#[tokio::test]
async fn what_fails_for_one_caller_is_not_asked_for_that_caller_and_for_all_others() {
    for effect in [
        json!({"type": "error", "code": "unavailable"}),
        json!({"type": "reset"}),
        json!({"type": "black_hole"}),
    ] {
        let app = TestApp::with(OPENS).await;
        fail(&app, Some("a"), effect.clone()).await;
        app.forget().await;
        for _ in 0..3 {
            let answer = me(&app, "a").await;
            let code = answer.body["code"].as_str().unwrap();
            let known = matches!(code, "unavailable" | "deadline_exceeded");
            assert!(known, "{effect}: {}", answer.text);
        }
        assert_eq!(asked(&app).await, 3, "{effect}");
        for _ in 0..100 {
            assert_not_asked(&me(&app, "a").await);
        }
        assert_eq!(asked(&app).await, 0, "{effect}");
        for name in ["b", "c"] {
            let answer = me(&app, name).await;
            assert_eq!(answer.status, 200, "{effect}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn what_the_control_plane_refuses_is_an_answer() {
    let app = TestApp::with(OPENS).await;
    for (code, status) in [
        ("unauthenticated", 401),
        ("permission_denied", 403),
        ("not_found", 404),
        ("invalid_argument", 400),
        ("resource_exhausted", 429),
        ("internal", 502),
    ] {
        fail(&app, Some("a"), json!({"type": "error", "code": code})).await;
        for _ in 0..10 {
            assert_eq!(me(&app, "a").await.status, status);
            assert_eq!(me(&app, "b").await.status, 200);
        }
    }
}

#[tokio::test]
async fn who_goes_away_before_the_answer_has_not_seen_a_failure() {
    let app = TestApp::with("limits: {circuit_failures: 3, retry_percent: 0}\n").await;
    fail(&app, None, json!({"type": "black_hole"})).await;
    for _ in 0..10 {
        let gone = tokio::time::timeout(Duration::from_millis(50), me(&app, "a")).await;
        assert!(gone.is_err());
    }
    app.faults(&json!([])).await;
    assert_eq!(me(&app, "a").await.status, 200);
}

#[tokio::test]
async fn a_circuit_may_be_kept_closed() {
    let yaml = "limits: {circuit_failures: 0, retry_percent: 0}\n";
    let app = TestApp::with(yaml).await;
    fail(&app, None, json!({"type": "error", "code": "unavailable"})).await;
    app.forget().await;
    for _ in 0..50 {
        assert_eq!(me(&app, "a").await.body["code"], "unavailable");
    }
    assert_eq!(asked(&app).await, 50);
}
