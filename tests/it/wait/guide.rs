//! The routes of the Flyte guide to webhooks.

use serde_json::{Value, json};

use super::{name, place};
use crate::harness::TestApp;

const ON: &str = "compat: {guide_routes: true}\n";

fn path(route: &str, task: &str) -> String {
    format!("/{route}/flytesnacks/development/{task}/v1")
}

fn url(app: &TestApp, run: &str) -> Value {
    place(app, run)["url"].clone()
}

#[tokio::test]
async fn they_are_there_only_where_the_configuration_says_so() {
    let app = TestApp::start().await;
    for route in ["run-task", "run-task-and-wait"] {
        let answer = app.post(&path(route, "demo.hello"), &json!({})).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (404, &json!("no_route")),
            "{route}"
        );
    }
}

#[tokio::test]
async fn they_refuse_what_run_task_refuses() {
    let app = TestApp::with(&format!("{ON}task_allowlist: [demo.hello]\n")).await;
    for route in ["run-task", "run-task-and-wait"] {
        let denied = app.post(&path(route, "demo.add"), &json!({})).await;
        let detail = "Task development/flytesnacks/demo.add is not in the allowlist";
        assert_eq!(
            (denied.status, &denied.body["detail"]),
            (403, &json!(detail))
        );
        let unfit = app
            .post(&path(route, "demo.hello"), &json!({"nmae": "Ada"}))
            .await;
        assert_eq!(unfit.status, 422, "{}", unfit.text);
        for gone in ["v2", "latest", "%20"] {
            let path = format!("/{route}/flytesnacks/development/demo.hello/{gone}");
            assert_eq!(
                app.post(&path, &json!({})).await.body["code"],
                "task_not_found",
                "{gone}"
            );
        }
        for bad in [
            "flytesnacks/development/demo.hello/a%2Fb",
            "flytesnacks/development/a%2Fb/v1",
            "a/b/c/d/e",
        ] {
            let answer = app.post(&format!("/{route}/{bad}"), &json!({})).await;
            assert_eq!(
                (answer.status, &answer.body["code"]),
                (404, &json!("no_route")),
                "{bad}"
            );
        }
        let method = app.get(&path(route, "demo.hello")).await;
        assert_eq!((method.status, method.header("allow")), (405, "POST"));
        let slash = app
            .post(&format!("{}/", path(route, "demo.hello")), &json!({}))
            .await;
        assert_eq!(
            (slash.status, slash.header("location")),
            (307, &*path(route, "demo.hello"))
        );
    }
    assert_eq!(
        app.received().await["counts"].get("RunService/CreateRun"),
        None
    );
}

#[tokio::test]
async fn a_run_is_started_and_answered_as_the_guide_shows() {
    let app = TestApp::with(ON).await;
    let answer = app.post(&path("run-task", "demo.hello"), &json!({})).await;
    let run = answer.body["id"].as_str().unwrap();
    let expected = json!({"url": url(&app, run), "id": run, "status": "started"});
    assert_eq!((answer.status, &answer.body), (200, &expected));
    assert_eq!(app.ended(run).await["phase"], "succeeded");
    // The three names of the reference's route stay what they are.
    let other = app
        .post("/run-task/development/flytesnacks/demo.hello", &json!({}))
        .await;
    assert_eq!(
        (other.status, &other.body),
        (200, &place(&app, name(&other)))
    );
}

#[tokio::test]
async fn a_run_is_waited_for_and_answered_as_the_guide_shows() {
    let app = TestApp::with(ON).await;
    let done = app
        .post(
            &path("run-task-and-wait", "demo.hello"),
            &json!({"name": "Ada"}),
        )
        .await;
    let run = done.body["run_id"].as_str().unwrap();
    let expected = json!({
        "run_id": run, "url": url(&app, run), "status": "succeeded", "outputs": {"o0": "Hello, Ada!"},
    });
    assert_eq!((done.status, &done.body), (200, &expected));

    let failed = app
        .post(
            &path("run-task-and-wait", "demo.fail"),
            &json!({"message": "no luck"}),
        )
        .await;
    let run = failed.body["run_id"].as_str().unwrap();
    let error = json!({"kind": "user", "code": "DemoError", "message": "no luck"});
    let expected = json!({
        "run_id": run, "url": url(&app, run), "status": "failed", "outputs": null, "error": error,
    });
    assert_eq!((failed.status, &failed.body), (424, &expected));

    let path = format!("{}?wait=0", path("run-task-and-wait", "demo.sleep"));
    let open = app.post(&path, &json!({"seconds": 600.0})).await;
    let run = open.body["run_id"].as_str().unwrap();
    let expected =
        json!({"run_id": run, "url": url(&app, run), "status": "queued", "outputs": null});
    assert_eq!((open.status, &open.body), (202, &expected));
    assert_eq!(open.header("location"), format!("/run/{run}"));
}
