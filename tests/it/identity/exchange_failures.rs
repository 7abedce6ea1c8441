//! Authorization servers that refuse, fail, or are not where they may be.

use std::time::Duration;

use serde_json::json;
use tokio::{net::TcpListener, time::timeout};

use super::{
    authorization_server::{AuthorizationServer, Mode, key, key_of, told},
    identities, me,
};
use crate::harness::TestApp;

fn own_key(app: &TestApp) -> String {
    key(&app.control_plane.unwrap().to_string())
}

#[tokio::test]
async fn a_bad_key_is_refused_without_a_flood() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let own = app.control_plane.unwrap().to_string();
    let bad = key_of(&own, "robot", "guess");
    for _ in 0..50 {
        let answer = me(&app, &bad).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(
            answer.body,
            json!({
                "detail": "The API key is not valid, or no longer",
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "code": "invalid_api_key",
                "source": "webhook",
                "retryable": false,
                "request_id": id,
            })
        );
    }
    assert_eq!(server.asked().len(), 1);
    assert_eq!(identities(&app).await, 0);
}

/// How it fails, and what the caller is told: status, code and `Retry-After`.
fn failures(
    location: &'static [(&'static str, &'static str)],
) -> [(Mode, u16, &'static str, &'static str); 13] {
    [
        (Mode::Answer(401, "", &[]), 401, "invalid_api_key", ""),
        (Mode::Answer(403, "no", &[]), 401, "invalid_api_key", ""),
        (
            Mode::Answer(500, "", &[]),
            503,
            "token_endpoint_unavailable",
            "5",
        ),
        (
            Mode::Answer(503, "", &[("retry-after", "9")]),
            503,
            "token_endpoint_unavailable",
            "9",
        ),
        (
            Mode::Answer(429, "", &[("retry-after", "2")]),
            503,
            "token_endpoint_unavailable",
            "2",
        ),
        (Mode::Answer(307, "", location), 502, "bad_token_answer", ""),
        (Mode::Answer(302, "", location), 502, "bad_token_answer", ""),
        (Mode::Answer(404, "", &[]), 502, "bad_token_answer", ""),
        (
            Mode::Answer(200, "\u{0}\u{1}<html>", &[]),
            502,
            "bad_token_answer",
            "",
        ),
        (
            Mode::Answer(200, "{\"access_token\":\"\"}", &[]),
            502,
            "bad_token_answer",
            "",
        ),
        (
            Mode::Answer(200, "{\"access_token\":\"a\\r\\nb: c\"}", &[]),
            502,
            "bad_token_answer",
            "",
        ),
        (
            Mode::Answer(400, "{\"error\":\"invalid_scope\"}", &[]),
            502,
            "bad_token_answer",
            "",
        ),
        (
            Mode::Answer(200, "x".repeat(100 << 10).leak(), &[]),
            502,
            "bad_token_answer",
            "",
        ),
    ]
}

#[tokio::test]
async fn every_failure_of_the_authorization_server_is_told_apart() {
    let server = AuthorizationServer::start(Mode::Silent).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere: &'static str = format!("http://{}/", canary.local_addr().unwrap()).leak();
    let location: &'static [(&str, &str)] = vec![("location", elsewhere)].leak();
    let own = app.control_plane.unwrap().to_string();
    for (index, (mode, status, code, retry_after)) in failures(location).into_iter().enumerate() {
        server.answers(mode);
        // Each a key of its own, whose failure is not known yet.
        let answer = me(&app, &key_of(&own, &format!("robot-{index}"), "s")).await;
        let told = (answer.status, answer.body["code"].as_str().unwrap());
        assert_eq!(told, (status, code), "{index}: {}", answer.text);
        assert_eq!(answer.header("retry-after"), retry_after, "{index}");
        assert_eq!(answer.body["retryable"], status == 503, "{index}");
    }
    let nobody = timeout(Duration::from_millis(1), canary.accept()).await;
    assert!(nobody.is_err(), "a redirect was followed");
    assert_eq!(identities(&app).await, 0);
}

#[tokio::test]
async fn an_outage_ends_by_itself() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = free.local_addr().unwrap();
    drop(free);
    app.faults(&told(&format!("http://{nowhere}/token"), ""))
        .await;
    let answer = me(&app, &own_key(&app)).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert_eq!(answer.body["code"], "token_endpoint_unavailable");
    assert_eq!(answer.body["source"], "control_plane");
    assert_eq!(answer.header("retry-after"), "5");
    // It has moved.
    server.tell(&app).await;
    let found = timeout(Duration::from_secs(10), async {
        while me(&app, &own_key(&app)).await.status != 200 {}
    });
    found.await.unwrap();
}

#[tokio::test]
async fn a_silent_authorization_server_is_given_up_and_others_go_on() {
    let server = AuthorizationServer::start(Mode::Silent).await;
    let app = TestApp::with("limits:\n  upstream_timeout: 300ms\n  connect_timeout: 200ms\n").await;
    server.tell(&app).await;
    let key = own_key(&app);
    let (stuck, other) = tokio::join!(me(&app, &key), me(&app, "dev"));
    assert_eq!((stuck.status, other.status), (504, 200), "{}", stuck.text);
    assert_eq!(stuck.body["code"], "token_endpoint_timeout");
    assert_eq!(stuck.body["retryable"], true);
}

#[tokio::test]
async fn the_first_request_goes_away_and_the_others_get_the_token() {
    let server = AuthorizationServer::start(Mode::Slow(Duration::from_millis(300))).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let key = own_key(&app);
    let hasty = timeout(Duration::from_millis(100), me(&app, &key));
    let (gone, patient) = tokio::join!(hasty, me(&app, &key));
    assert!(gone.is_err());
    assert_eq!(patient.status, 200, "{}", patient.text);
}

#[tokio::test]
async fn a_secret_goes_nowhere_in_clear_text_or_to_where_nothing_may_go() {
    let app = TestApp::start().await;
    let own = app.control_plane.unwrap().to_string();
    for (index, (address, code)) in [
        ("http://10.0.0.1/token", "token_endpoint_refused"),
        ("http://localhost:1/token", "token_endpoint_refused"),
        ("http://login.example.com/token", "token_endpoint_refused"),
        ("https://10.0.0.1/token", "token_endpoint_refused"),
        ("https://169.254.169.254/token", "token_endpoint_refused"),
        ("https://localhost/token", "token_endpoint_refused"),
        ("https://user:pass@login.example.com/", "bad_answer"),
        ("ftp://127.0.0.1/token", "bad_answer"),
        ("file:///etc/passwd", "bad_answer"),
        ("", "bad_answer"),
        ("/token", "bad_answer"),
    ]
    .into_iter()
    .enumerate()
    {
        app.faults(&told(address, "")).await;
        let answer = me(&app, &key_of(&own, &format!("robot-{index}"), "s")).await;
        let told = (answer.status, answer.body["code"].as_str().unwrap());
        assert_eq!(told, (502, code), "{address}: {}", answer.text);
        assert!(!answer.text.contains("10.0.0.1"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_header_that_is_no_place_for_a_token_is_refused() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    let address = format!("http://{}/token", server.address);
    let own = app.control_plane.unwrap().to_string();
    for (index, header) in ["host", "content-length", "x y", "connect-timeout-ms"]
        .into_iter()
        .enumerate()
    {
        app.faults(&told(&address, header)).await;
        let answer = me(&app, &key_of(&own, &format!("robot-{index}"), "s")).await;
        assert_eq!(answer.body["code"], "bad_answer", "{header}");
    }
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_control_plane_without_an_authorization_server_says_so() {
    let app = TestApp::start().await;
    let answer = me(&app, &own_key(&app)).await;
    assert_eq!(answer.status, 501, "{}", answer.text);
    assert_eq!(
        answer.body["detail"],
        "Exchanging the API key failed: the control plane does not offer it"
    );
}
