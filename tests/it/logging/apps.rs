//! Apps that fail.

use serde_json::json;

use super::*;
use crate::app::target::Target;

pub(super) const CODES: &[&str] = &[
    "app_answer_too_large",
    "app_bad_answer",
    "app_busy",
    "app_endpoint_refused",
    "app_error",
    "app_failed",
    "app_not_active",
    "app_redirect",
    "app_timeout",
    "app_unreachable",
    "app_wait_timeout",
];

const YAML: &str = "\
egress: {allow: [127.0.0.0/8]}
call_app: {timeout: 500ms, max_response_bytes: 1000, max_calls_per_app: 1}
limits: {max_wait: 400ms}
";

async fn apps_are_at(scene: &Scene, url: &str) {
    let effect = json!({"type": "app_endpoint", "url": url});
    scene.control_plane.does("AppService/Get", &effect).await;
}

/// Calls an app that answers so.
async fn fails(scene: &mut Scene, code: &str, answer: &str) {
    let target = Target::answering(answer).await;
    apps_are_at(scene, &target.url()).await;
    let call = scene.post("/app/demo-echo/call?path=/x", &json!({}));
    scene.fails(code, call).await;
}

#[tokio::test]
async fn what_an_app_did_is_told_with_its_address() {
    let mut scene = Scene::with(YAML).await;
    let call = |scene: &Scene| scene.post("/app/demo-echo/call?path=/x", &json!({}));
    let long = "x".repeat(2000);
    for (code, answer) in [
        (
            "app_answer_too_large",
            format!("HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{long}"),
        ),
        ("app_bad_answer", "nonsense\r\n\r\n".to_owned()),
        (
            "app_error",
            "HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\nno".to_owned(),
        ),
        (
            "app_redirect",
            "HTTP/1.1 302 X\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n".to_owned(),
        ),
    ] {
        fails(&mut scene, code, &answer).await;
    }
    for (code, url) in [
        ("app_not_active", ""),
        ("app_endpoint_refused", "http://10.0.0.1:1"),
        ("app_unreachable", "http://127.0.0.1:1"),
    ] {
        apps_are_at(&scene, url).await;
        scene.fails(code, call(&scene)).await;
    }
    let target = Target::stalling("").await;
    apps_are_at(&scene, &target.url()).await;
    scene.one_fails_of(2, "app_busy", call(&scene)).await;
    scene.fails_in_the_end("app_timeout", call(&scene)).await;
    scene.control_plane.faults(&json!([])).await;
    for (code, name, command) in [
        ("app_failed", "broken", "exit 3"),
        ("app_wait_timeout", "slow", "exec sleep 1000"),
    ] {
        deploy(&scene, name, command).await;
        let activate = scene.post(&format!("/app/{name}/activate?wait=true"), &json!({}));
        scene.fails(code, activate).await;
    }
    let lines = scene.ends_with(CODES).await;
    let line = |code: &str| {
        lines
            .iter()
            .find(|line| line["error.code"] == code)
            .unwrap()
    };
    assert_eq!(line("app_unreachable")["upstream.address"], "127.0.0.1:1");
    assert_eq!(
        line("app_endpoint_refused")["upstream.address"],
        "10.0.0.1:1"
    );
    assert_eq!(
        line("app_timeout")["upstream.address"],
        target.address.to_string()
    );
}

/// Deploys an app that runs a command.
async fn deploy(scene: &Scene, name: &str, command: &str) {
    let request = json!({"app": {
        "metadata": {"id": {"project": "flytesnacks", "domain": "development", "name": name}},
        "spec": {
            "container": {"image": "ignored", "command": ["/bin/sh", "-c", command]},
            "desiredState": "DESIRED_STATE_STOPPED",
        },
    }});
    scene
        .control_plane
        .ask("app.AppService/Create", &request)
        .await;
}
