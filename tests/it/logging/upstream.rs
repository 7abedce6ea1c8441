//! A control plane, its clusters and its store that fail.

use serde_json::json;

use super::*;

pub(super) const CODES: &[&str] = &[
    "already_exists",
    "bad_answer",
    "cluster_endpoint_refused",
    "control_plane_error",
    "control_plane_unavailable",
    "deadline_exceeded",
    "failed_precondition",
    "invalid_argument",
    "not_found",
    "permission_denied",
    "request_timeout",
    "resource_exhausted",
    "task_not_deployed",
    "unauthenticated",
    "unavailable",
    "unimplemented",
    "upload_failed",
    "upload_refused",
];

/// Those of a control plane that is not called for a while.
const OF_CIRCUITS: &[&str] = &[
    "control_plane_unavailable",
    "task_not_deployed",
    "unavailable",
];

const YAML: &str = "\
endpoint_groups: [all]
limits: {circuit_failures: 0, retry_percent: 0, body_timeout: 500ms, body_stall_timeout: 500ms, \
connect_timeout: 500ms, upstream_timeout: 500ms, request_timeout: 500ms}
";
const HELLO: &str = "/run-task/development/flytesnacks/demo.hello";
const BUILD: &str = "/build-image?name=site";

#[tokio::test]
async fn what_the_control_plane_did_is_told_with_its_words_and_its_address() {
    let mut scene = Scene::with(YAML).await;
    for (code, connect) in [
        ("already_exists", "already_exists"),
        ("control_plane_error", "internal"),
        ("failed_precondition", "failed_precondition"),
        ("invalid_argument", "invalid_argument"),
        ("not_found", "not_found"),
        ("permission_denied", "permission_denied"),
        ("resource_exhausted", "resource_exhausted"),
        ("unauthenticated", "unauthenticated"),
        ("unavailable", "unavailable"),
        ("unimplemented", "unimplemented"),
    ] {
        let effect = json!({"type": "error", "code": connect, "message": "closed on Sundays"});
        scene.control_plane.does("*", &effect).await;
        scene.fails(code, scene.get("/me")).await;
    }
    scene
        .control_plane
        .does("*", &json!({"type": "garbage"}))
        .await;
    scene.fails("bad_answer", scene.get("/me")).await;
    let slow = json!([{"method": "*", "effect": null, "delay_ms": 300}]);
    scene.control_plane.faults(&slow).await;
    let several_calls = scene.post(HELLO, &json!({}));
    scene
        .fails_in_the_end("request_timeout", several_calls)
        .await;
    let control_plane = scene.control_plane.address.clone();
    let without_timeouts = CODES.iter().filter(|code| {
        ![
            "deadline_exceeded",
            "upload_failed",
            "upload_refused",
            "cluster_endpoint_refused",
        ]
        .contains(code)
            && (!OF_CIRCUITS.contains(code) || **code == "unavailable")
    });
    let codes: Vec<&str> = without_timeouts.copied().collect();
    let lines = scene.ends_with(&codes).await;
    let said = lines
        .iter()
        .find(|line| line["error.code"] == "permission_denied")
        .unwrap();
    assert_eq!(
        said["error.message"],
        "Looking up the user failed: the control plane answered permission_denied: \"closed on Sundays\""
    );
    assert_eq!(said["upstream.address"], control_plane.as_str());
}

#[tokio::test]
async fn what_its_clusters_and_stores_did_is_told_with_theirs() {
    let yaml =
        "endpoint_groups: [all]\nlimits: {connect_timeout: 500ms, upstream_timeout: 500ms}\n";
    let mut scene = Scene::with(yaml).await;
    let image = json!({"pip_packages": ["httpx"]});
    let elsewhere = json!({"type": "cluster_endpoint", "url": "http://10.0.0.1:1"});
    scene
        .control_plane
        .does("ClusterService/SelectCluster", &elsewhere)
        .await;
    scene
        .fails("cluster_endpoint_refused", scene.post(HELLO, &json!({})))
        .await;
    let create = "DataProxyService/CreateUploadLocation";
    let address = json!({"type": "upload_address", "url": "http://10.0.0.1:1/x"});
    scene.control_plane.does(create, &address).await;
    scene
        .fails("upload_refused", scene.post(BUILD, &image))
        .await;
    let error = json!({"type": "error", "code": "internal"});
    scene.control_plane.does("Objects/Put", &error).await;
    scene
        .fails("upload_failed", scene.post(BUILD, &image))
        .await;
    scene
        .control_plane
        .does("*", &json!({"type": "black_hole"}))
        .await;
    scene.fails("deadline_exceeded", scene.get("/me")).await;
    let codes = [
        "cluster_endpoint_refused",
        "upload_refused",
        "upload_failed",
        "deadline_exceeded",
    ];
    let lines = scene.ends_with(&codes).await;
    let refused = lines
        .iter()
        .find(|line| line["error.code"] == "upload_refused")
        .unwrap();
    assert_eq!(refused["upstream.address"], "10.0.0.1:1");
}

#[tokio::test]
async fn a_control_plane_that_is_left_alone_and_a_task_that_is_not_there_are_told() {
    let yaml = "endpoint_groups: [all]\nbuild: {task: none}\n\
                limits: {circuit_failures: 1, circuit_pause: 300s, retry_percent: 0}\n";
    let mut scene = Scene::with(yaml).await;
    let image = json!({"pip_packages": ["httpx"]});
    scene
        .fails("task_not_deployed", scene.post(BUILD, &image))
        .await;
    let error = json!({"type": "error", "code": "unavailable"});
    scene.control_plane.does("*", &error).await;
    scene.fails("unavailable", scene.get("/me")).await;
    scene
        .fails("control_plane_unavailable", scene.get("/me"))
        .await;
    scene.ends_with(OF_CIRCUITS).await;
}
