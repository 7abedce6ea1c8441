//! In front of no control plane at all.

use serde_json::json;

use crate::harness::{Answer, TestApp};

#[tokio::test]
async fn a_control_plane_that_is_down_is_503_and_no_liveness_failure() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let app = TestApp::against(&format!("http://{closed}"), "{}\n").await;
    for answer in [
        app.get("/me").await,
        app.get("/run/x").await,
        app.get("/run/x/io").await,
        app.get("/task/development/flytesnacks/demo.hello").await,
        app.post("/run/x/abort", &json!(null)).await,
        app.post("/run-task/development/flytesnacks/demo.hello", &json!({}))
            .await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.body["code"], "unavailable");
        assert_eq!(answer.body["source"], "control_plane");
        assert_eq!(answer.body["retryable"], true);
        assert!(
            !answer.text.contains(&closed.port().to_string()),
            "{}",
            answer.text
        );
    }
    let health = Answer::of(app.anonymous(reqwest::Method::GET, "/health")).await;
    assert_eq!(health.status, 200);
}
