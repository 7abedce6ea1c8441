//! The samples of the document are what the program writes.

use std::fs;

use flyte_webhook_core::chain;

use super::{scene::ControlPlane, table::document, *};

/// The line of JSON after a mark.
fn sample(mark: &str) -> String {
    let document = document();
    let mark = format!("<!-- sample: {mark} -->\n```json\n");
    let (_, text) = document.split_once(&mark).unwrap();
    text.lines().next().unwrap().to_owned()
}

fn members(line: &str) -> Vec<String> {
    let line: Value = serde_json::from_str(line).unwrap();
    line.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn both_samples_have_the_members_of_what_is_written() {
    let control_plane = ControlPlane::start().await;
    let log = control_plane.data.path().join("audit.log");
    let yaml = format!(
        "audit: {{file: {}}}\nlimits: {{retry_percent: 0}}\n",
        log.display()
    );
    let mut scene = Scene::before(control_plane, &yaml).await;
    let hello = scene.post("/run-task/development/flytesnacks/demo.hello", &json!({}));
    assert_eq!(hello.send().await.unwrap().status(), 200);
    let error = json!({"type": "error", "code": "unavailable", "message": "maintenance"});
    scene.control_plane.does("*", &error).await;
    scene
        .fails("unavailable", scene.get("/run/wk2vq7j5n4c3"))
        .await;
    let (lines, _control_plane) = scene.keeping(&["unavailable"]).await;
    let line = lines
        .iter()
        .find(|line| line["error.code"] == "unavailable")
        .unwrap();
    assert_eq!(members(&sample("log")), members(&line.to_string()));
    let record = fs::read_to_string(log).unwrap();
    let record = record
        .lines()
        .find(|line| line.contains("\"run_task\""))
        .unwrap();
    assert_eq!(members(&sample("audit")), members(record));
    assert!(
        chain::head_of(sample("audit").as_bytes()).is_some(),
        "its hash fits"
    );
}
