//! What is too much, and a log that cannot be written.

use serde_json::json;

use super::{scene::ControlPlane, *};
use crate::program::Program;

pub(super) const CODES: &[&str] = &[
    "audit_unavailable",
    "overloaded",
    "rate_limited",
    "too_many_failures",
    "too_many_waiting",
];

#[tokio::test]
async fn what_is_too_much_is_told_and_is_no_warning() {
    let yaml = "limits: {max_requests_in_flight: 2, max_waiting_requests: 1}\n";
    let mut scene = Scene::with(yaml).await;
    let sleep = scene.post(
        "/run-task/development/flytesnacks/demo.sleep",
        &json!({"seconds": 600.0}),
    );
    let run: Value = sleep.send().await.unwrap().json().await.unwrap();
    let run = run["name"].as_str().unwrap();
    let wait = scene.get(&format!("/run/{run}?wait=200"));
    scene.one_fails_of(2, "too_many_waiting", wait).await;
    scene
        .control_plane
        .does("*", &json!({"type": "black_hole"}))
        .await;
    scene.one_fails_of(3, "overloaded", scene.get("/me")).await;
    scene.ends_with(&["overloaded", "too_many_waiting"]).await;
}

#[tokio::test]
async fn what_a_caller_or_an_address_has_used_up_is_told() {
    let yaml = "limits: {rate: {caller: 1/1h, address_failures: 1/1h}}\n";
    let mut scene = Scene::with(yaml).await;
    assert_eq!(scene.get("/me").send().await.unwrap().status(), 200);
    scene.fails("rate_limited", scene.get("/me")).await;
    let anonymous = scene.anonymous(reqwest::Method::GET, "/me");
    assert_eq!(anonymous.send().await.unwrap().status(), 401);
    scene.fails("too_many_failures", scene.get("/me")).await;
    scene
        .ends_with(&["rate_limited", "too_many_failures"])
        .await;
}

#[tokio::test]
async fn what_cannot_be_recorded_is_told() {
    let control_plane = ControlPlane::start().await;
    let log = control_plane.data.path().join("audit.log");
    let yaml = format!("audit: {{file: {}}}\n", log.display());
    let limit = "trap '' XFSZ; ulimit -f 1";
    let program = Program::limited(limit, &control_plane.url(), &yaml).await;
    let mut scene = Scene::of(program, control_plane);
    let abort = scene.post("/run/nothing/abort", &json!({}));
    scene.fails_in_the_end("audit_unavailable", abort).await;
    scene.ends_with(&["audit_unavailable"]).await;
}
