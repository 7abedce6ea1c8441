//! Requests that build nothing: what was asked for makes no sense, or nobody
//! could build it.

use serde_json::json;

use super::{ALL, SITE, calls, httpx, send};
use crate::harness::TestApp;

#[tokio::test]
async fn what_describes_no_image_is_refused_with_its_place_before_any_call() {
    let app = TestApp::with(ALL).await;
    let queries = [
        ("pre=maybe", "pre", "bool_parsing"),
        ("name=Site", "name", "value_error"),
        ("name=evil.example.com/site", "name", "value_error"),
        ("name=a:b", "name", "value_error"),
        ("base_image=ubuntu%0ARUN%20id", "base_image", "value_error"),
        ("python_version=3.x", "python_version", "value_error"),
        ("flyte_version=2%2F1", "flyte_version", "value_error"),
    ];
    for (query, parameter, kind) in queries {
        let path = format!("/build-image?{query}");
        let answer = app.post(&path, &httpx()).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let violation = &answer.body["detail"][0];
        let place = json!(["query", parameter]);
        assert_eq!(
            (&violation["loc"], &violation["type"]),
            (&place, &json!(kind)),
            "{query}"
        );
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_body_is_taken_as_the_reference_takes_it() {
    let app = TestApp::with(ALL).await;
    let missing = ["pip_packages", "apt_packages", "platform"].map(|member| {
        json!({"type": "missing", "loc": ["body", member], "msg": "Field required", "input": null})
    });
    let list = "Input should be a valid list";
    let string = "Input should be a valid string";
    let cases = [
        ("null", json!(missing)),
        ("[]", json!(missing)),
        ("3", json!(missing)),
        (
            r#"{"pip_packages": "a", "platform": {}}"#,
            json!([
                {"type": "list_type", "loc": ["body", "pip_packages"], "msg": list, "input": "a"},
                {"type": "list_type", "loc": ["body", "platform"], "msg": list, "input": {}},
            ]),
        ),
        (
            r#"{"apt_packages": ["git", 1, null]}"#,
            json!([
                {"type": "string_type", "loc": ["body", "apt_packages", 1], "msg": string, "input": 1},
                {"type": "string_type", "loc": ["body", "apt_packages", 2], "msg": string, "input": null},
            ]),
        ),
        (
            r#"{"pip_packages": ["a\nRUN id", ""]}"#,
            json!([
                {"type": "value_error", "loc": ["body", "pip_packages", 0],
                 "msg": "it is no package; write one line of 1 to 255 bytes", "input": "a\nRUN id"},
                {"type": "value_error", "loc": ["body", "pip_packages", 1],
                 "msg": "it is no package; write one line of 1 to 255 bytes", "input": ""},
            ]),
        ),
    ];
    for (body, detail) in cases {
        let answer = send(&app, "/build-image", "application/json", body).await;
        assert_eq!(
            (answer.status, &answer.body["detail"]),
            (422, &detail),
            "{body}"
        );
    }
    let broken = send(&app, "/build-image", "application/json", "{").await;
    assert_eq!(broken.body["detail"][0]["type"], "json_invalid");
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_builder_that_is_not_there_or_is_none_is_501_that_says_so() {
    for (task, code, detail) in [
        (
            "task: none",
            "task_not_deployed",
            "Task production/system/none is not deployed; deploy the image builder there, or name its task under build",
        ),
        (
            "task: demo.hello\n  project: flytesnacks\n  domain: development",
            "task_not_usable",
            "Task development/flytesnacks/demo.hello cannot be used, input spec: Extra inputs are not permitted, \
             input context: Extra inputs are not permitted, input target_image: Extra inputs are not permitted; \
             deploy the image builder there, or name its task under build",
        ),
    ] {
        let app = TestApp::with(&format!("{ALL}build:\n  {task}\n")).await;
        let answer = app.post(SITE, &httpx()).await;
        assert_eq!(
            (answer.status, &answer.body["code"], &answer.body["detail"]),
            (501, &json!(code), &json!(detail))
        );
        let calls = calls(&app).await;
        assert!(
            !calls.contains(&"RunService/CreateRun".to_owned()),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn a_list_of_mistakes_is_not_repeated_whole() {
    let app = TestApp::with(ALL).await;
    let body = json!({"pip_packages": vec![1; 5_000], "apt_packages": vec![""; 5_000]});
    let answer = app.post("/build-image", &body).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(answer.body["detail"].as_array().unwrap().len(), 200);
}
