//! The main job: a task is run, looked at, read and aborted.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_run_starts_succeeds_and_shows_its_outputs() {
    let app = TestApp::start().await;
    let run = app.start_run("demo.hello", &json!({"name": "Ada"})).await;
    let ended = app.ended(&run).await;
    let place = format!(
        "http://{}/v2/domain/development/project/flytesnacks",
        app.control_plane.unwrap()
    );
    assert_eq!(
        ended,
        json!({
            "name": run, "phase": "succeeded", "url": format!("{place}/runs/{run}"), "done": true,
            "project": "flytesnacks", "domain": "development",
        })
    );
    let io = app.get(&format!("/run/{run}/io")).await;
    assert_eq!(
        io.body,
        json!({
            "name": run, "inputs": {"name": "Ada"}, "outputs": {"o0": "Hello, Ada!"},
            "project": "flytesnacks", "domain": "development",
        })
    );
}

#[tokio::test]
async fn an_input_left_out_takes_its_default() {
    let app = TestApp::start().await;
    let run = app.start_run("demo.hello", &json!({})).await;
    app.ended(&run).await;
    let io = app.get(&format!("/run/{run}/io")).await;
    assert_eq!(io.body["inputs"], json!({"name": "world"}));
    assert_eq!(io.body["outputs"], json!({"o0": "Hello, world!"}));
}

#[tokio::test]
async fn a_failed_run_says_why_and_has_no_outputs() {
    let app = TestApp::start().await;
    let run = app
        .start_run("demo.fail", &json!({"message": "no luck"}))
        .await;
    assert_eq!(app.ended(&run).await["phase"], "failed");
    let io = app.get(&format!("/run/{run}/io")).await;
    assert_eq!(io.body["outputs"], json!(null));
    assert_eq!(io.body["error"]["kind"], "user");
    assert!(
        io.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no luck"),
        "{}",
        io.body
    );
}

#[tokio::test]
async fn a_run_is_aborted_and_one_that_ended_stays_as_it_is() {
    let app = TestApp::start().await;
    let long = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    let aborted = app
        .post(&format!("/run/{long}/abort?reason=enough"), &json!(null))
        .await;
    assert_eq!(
        aborted.body,
        json!({
            "name": long, "status": "abort_requested", "reason": "enough",
            "project": "flytesnacks", "domain": "development",
        })
    );
    assert_eq!(app.ended(&long).await["phase"], "aborted");

    let done = app.start_run("demo.hello", &json!({})).await;
    app.ended(&done).await;
    let late = app.post(&format!("/run/{done}/abort"), &json!(null)).await;
    assert_eq!(
        (late.status, &late.body["reason"]),
        (200, &json!("Aborted via webhook API"))
    );
    assert_eq!(app.ended(&done).await["phase"], "succeeded");
}

#[tokio::test]
async fn tasks_and_their_versions_are_described_or_not_found() {
    let app = TestApp::start().await;
    let task = app.get("/task/development/flytesnacks/demo.hello").await;
    assert_eq!(task.status, 200, "{}", task.text);
    let version = task.body["version"].as_str().unwrap();
    assert_eq!(
        task.body,
        json!({
            "name": "demo.hello", "version": version, "task_type": task.body["task_type"],
            "required_args": [], "default_input_args": ["name"],
            "cache": {"behavior": "disable", "version_override": null, "serialize": false},
            "secrets": [],
        })
    );
    let pinned = app
        .get(&format!(
            "/task/development/flytesnacks/demo.hello?version={version}"
        ))
        .await;
    assert_eq!(pinned.body, task.body);
    for (query, named) in [
        ("?version=zz", "zz"),
        ("?version=", "latest"),
        ("?version=v&version=w", "w"),
    ] {
        let path = format!("/task/development/flytesnacks/demo.hello{query}");
        let answer = app.get(&path).await;
        let detail =
            format!("Task demo.hello with version {named} in development/flytesnacks not found");
        assert_eq!(
            (answer.status, &answer.body["detail"]),
            (404, &json!(detail))
        );
    }
    let path = "/run-task/development/flytesnacks/demo.none";
    let answer = app.post(path, &json!({})).await;
    let detail = "Task demo.none with version latest in development/flytesnacks not found";
    assert_eq!(
        (answer.status, &answer.body["detail"]),
        (404, &json!(detail))
    );
}

#[tokio::test]
async fn an_unknown_run_is_404_everywhere() {
    let app = TestApp::start().await;
    for answer in [
        app.get("/run/none").await,
        app.get("/run/none/io").await,
        app.post("/run/none/abort", &json!(null)).await,
        app.get("/run/none?project=other&domain=production").await,
    ] {
        assert_eq!(
            (answer.status, &answer.body["detail"]),
            (404, &json!("Run none not found"))
        );
    }
}

#[tokio::test]
async fn an_allowlist_hides_other_tasks_and_their_runs() {
    for entry in [
        "demo.hello",
        "flytesnacks/demo.hello",
        "development/flytesnacks/demo.hello",
    ] {
        let app = TestApp::with(&format!("task_allowlist: [{entry}]\n")).await;
        let allowed = app.start_run("demo.hello", &json!({})).await;
        assert_eq!(app.ended(&allowed).await["phase"], "succeeded");
        let detail = json!("Task development/flytesnacks/demo.add is not in the allowlist");
        let denied = app.get("/task/development/flytesnacks/demo.add").await;
        assert_eq!((denied.status, &denied.body["detail"]), (403, &detail));
        let body = json!({"a": 1, "b": 2});
        let denied = app
            .post("/run-task/development/flytesnacks/demo.add", &body)
            .await;
        assert_eq!((denied.status, &denied.body["detail"]), (403, &detail));
    }
}
