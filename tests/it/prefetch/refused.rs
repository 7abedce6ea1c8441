//! Requests that fetch nothing: what was asked for makes no sense, or the task
//! that is deployed does not take it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ALL, REPO,
    task::{Interface, deploy},
};
use crate::harness::{Answer, TOKEN, TestApp};

#[tokio::test]
async fn what_describes_no_model_is_refused_with_its_place_before_any_call() {
    let app = TestApp::with(ALL).await;
    let cases = [
        ("", "repo", "missing"),
        ("repo=", "repo", "value_error"),
        ("repo=a/b/c", "repo", "value_error"),
        ("repo=../etc", "repo", "value_error"),
        ("repo=a&artifact_name=a.b", "artifact_name", "value_error"),
        ("repo=a&artifact_name=", "artifact_name", "value_error"),
        ("repo=a&cpu=abc", "cpu", "value_error"),
        ("repo=a&memory=lots", "memory", "value_error"),
        ("repo=a&disk=", "disk", "value_error"),
        ("repo=a&hf_token_key=a%20b", "hf_token_key", "value_error"),
        ("repo=a&force=1.5", "force", "int_parsing"),
    ];
    for (query, parameter, kind) in cases {
        let answer = app
            .post(&format!("/prefetch/hf-model?{query}"), &json!(null))
            .await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let violation = &answer.body["detail"][0];
        let place = json!(["query", parameter]);
        assert_eq!(
            (&violation["loc"], &violation["type"]),
            (&place, &json!(kind)),
            "{query}"
        );
    }
    let bodies = [
        ("application/json", "{}", "list_type", json!(["body"])),
        ("application/json", "3", "list_type", json!(["body"])),
        (
            "application/json",
            "[\"text\", 1]",
            "string_type",
            json!(["body", 1]),
        ),
        ("application/json", "[", "json_invalid", json!(["body", 1])),
        ("text/plain", "[\"text\"]", "list_type", json!(["body"])),
    ];
    for (media_type, body, kind, place) in bodies {
        let request = app
            .anonymous(Method::POST, REPO)
            .header("authorization", TOKEN)
            .header("content-type", media_type)
            .body(body);
        let answer = Answer::of(request).await;
        let violation = &answer.body["detail"][0];
        assert_eq!(
            (answer.status, &violation["type"], &violation["loc"]),
            (422, &json!(kind), &place),
            "{body}"
        );
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_task_that_is_not_deployed_is_501_that_says_how_to_deploy_it() {
    let app = TestApp::with(ALL).await;
    let answer = app.post(REPO, &json!(null)).await;
    let detail = "Task production/system/prefetch.hf_model is not deployed; deploy \
                  deploy/prefetch_task.py there with `flyte deploy`, or name another task under prefetch";
    assert_eq!(
        (answer.status, &answer.body["code"], &answer.body["detail"]),
        (501, &json!("task_not_deployed"), &json!(detail))
    );
}

#[tokio::test]
async fn what_the_task_does_not_take_is_refused_and_no_run_is_started() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    app.forget().await;
    let path = format!("{REPO}&task=generate&architecture=llama&raw_data_path=s3://b/m");
    let answer = app.post(&path, &json!(["image"])).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    let refused = |place: Value, name: &str, input: &str| {
        let msg = format!(
            "{name} is no input of the task production/system/prefetch.hf_model that fetches models; \
             leave it out, or ask for deploy/prefetch_task.py to be deployed, which takes it"
        );
        let mut violation = json!({"type": "value_error", "loc": place, "msg": msg});
        if !input.is_empty() {
            violation["input"] = json!(input);
        }
        violation
    };
    assert_eq!(
        answer.body["detail"],
        json!([
            refused(
                json!(["query", "raw_data_path"]),
                "raw_data_path",
                "s3://b/m"
            ),
            refused(json!(["query", "architecture"]), "architecture", "llama"),
            refused(json!(["query", "task"]), "task", "generate"),
            refused(json!(["body"]), "modality", ""),
        ])
    );
    let received = app.received().await;
    assert!(
        received["counts"]["RunService/CreateRun"].is_null(),
        "{received}"
    );
}

#[tokio::test]
async fn a_task_that_wants_something_else_is_501_and_no_run_is_started() {
    let app = TestApp::with(&format!(
        "{ALL}prefetch: {{project: flytesnacks, domain: development, task: demo.add}}\n"
    ))
    .await;
    let unfit = app.post(REPO, &json!(null)).await;
    assert_eq!(unfit.status, 422, "{}", unfit.text);
    assert_eq!(unfit.body["detail"][0]["loc"], json!(["query", "repo"]));

    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::Wanting).await;
    let wanting = app.post(REPO, &json!(null)).await;
    let detail = "Task production/system/prefetch.hf_model cannot be used, input license: Field required; \
                  deploy deploy/prefetch_task.py there with `flyte deploy`, or name another task under prefetch";
    assert_eq!(
        (
            wanting.status,
            &wanting.body["code"],
            &wanting.body["detail"]
        ),
        (501, &json!("task_not_usable"), &json!(detail))
    );
    let received = app.received().await;
    assert!(
        received["counts"]["RunService/CreateRun"].is_null(),
        "{received}"
    );
}

#[tokio::test]
async fn a_task_without_a_container_cannot_be_given_resources() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::WithoutContainer).await;
    let answer = app
        .post(&format!("{REPO}&cpu=8&disk=1Gi"), &json!(null))
        .await;
    let violation = |name: &str, input: &str| {
        let msg = format!(
            "{name} cannot be set, since the task has no container of its own; leave it out"
        );
        json!({"type": "value_error", "loc": ["query", name], "msg": msg, "input": input})
    };
    assert_eq!(
        (answer.status, &answer.body["detail"]),
        (
            422,
            &json!([violation("cpu", "8"), violation("disk", "1Gi")])
        )
    );
}
