//! Links to code bundles: what they may lead to, and for how long.

use std::{os::unix::fs::symlink, path::Path};

use flyte_idl::flyteidl2::{
    core::{TaskMetadata, TaskTemplate},
    task::TaskSpec,
};
use serde_json::{Value, json};

use super::bench::ControlPlane;

/// Asks for a link to the bundle of a task that says it is there.
async fn link(control_plane: &ControlPlane, name: &str, bundle: &str) -> (u16, Value) {
    let metadata = TaskMetadata {
        code_bundle_uri: bundle.to_owned(),
        ..Default::default()
    };
    let template = TaskTemplate {
        metadata: metadata.into(),
        ..Default::default()
    };
    let spec = TaskSpec {
        task_template: template.into(),
        ..Default::default()
    };
    control_plane.deploy(name, "v1", spec).await;
    let task =
        json!({"project": "flytesnacks", "domain": "development", "name": name, "version": "v1"});
    let request = json!({
        "taskId": task,
        "artifactType": "ARTIFACT_TYPE_CODE_BUNDLE",
        "expiresIn": "315576000000s",
    });
    control_plane
        .json("dataproxy.DataProxyService/CreateDownloadLink", request)
        .await
}

fn root(control_plane: &ControlPlane) -> String {
    let root = control_plane.directory.path().canonicalize().unwrap();
    root.display().to_string()
}

fn pipe(path: &str) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[tokio::test]
async fn a_link_leads_to_objects_and_runs_alone() {
    let control_plane = ControlPlane::start().await;
    let root = root(&control_plane);
    symlink("/etc/passwd", format!("{root}/objects/passwd")).unwrap();
    symlink("/etc", format!("{root}/objects/etc")).unwrap();
    symlink("../control-plane.sqlite", format!("{root}/runs/database")).unwrap();
    pipe(&format!("{root}/objects/pipe"));
    let up = "../".repeat(40);
    for (index, bundle) in [
        "/etc/passwd".to_owned(),
        format!("{root}/objects/{up}etc/passwd"),
        format!("{root}/control-plane.sqlite"),
        format!("{root}/objects/../control-plane.sqlite"),
        format!("{root}/objects/passwd"),
        format!("{root}/objects/etc/passwd"),
        format!("{root}/runs/database"),
        format!("{root}/objects/pipe"),
        format!("{root}/objects"),
        format!("{root}/objects/missing"),
    ]
    .into_iter()
    .enumerate()
    {
        let refused = link(
            &control_plane,
            &format!("t{index}"),
            &format!("file://{bundle}"),
        )
        .await;
        assert_eq!(
            refused,
            (
                404,
                json!({"code": "not_found", "message": "there is no such artifact"})
            ),
            "{bundle}"
        );
    }
}

#[tokio::test]
async fn a_link_holds_for_an_hour_at_most_and_for_what_is_a_file_still() {
    let control_plane = ControlPlane::start().await;
    let root = root(&control_plane);
    let bundle = format!("{root}/objects/bundle.tgz");
    std::fs::write(&bundle, "code").unwrap();
    let before = jiff::Timestamp::now();
    let (status, answer) = link(&control_plane, "bundled", &format!("file://{bundle}")).await;
    assert_eq!(status, 200, "{answer}");
    let urls = &answer["preSignedUrls"];
    let expires: jiff::Timestamp = urls["expiresAt"].as_str().unwrap().parse().unwrap();
    let lifetime = expires.duration_since(before).as_secs();
    assert!((3_590..=3_610).contains(&lifetime), "{lifetime}");
    let url = urls["signedUrl"][0].as_str().unwrap();
    let get = async || {
        let response = control_plane.http.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get().await, (200, "code".to_owned()));
    let missing = (404, "there is no such object\n".to_owned());
    std::fs::remove_file(&bundle).unwrap();
    symlink("/etc/passwd", &bundle).unwrap();
    assert_eq!(get().await, missing);
    std::fs::remove_file(&bundle).unwrap();
    pipe(&bundle);
    assert!(Path::new(&bundle).exists());
    assert_eq!(get().await, missing);
}
