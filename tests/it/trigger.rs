//! Triggers, hostile requests first.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, TestApp};

const ALL: &str = "endpoints: [run_task, get_run, get_run_io, activate_trigger, deactivate_trigger, run_trigger]\n";
const VERBS: [&str; 3] = ["activate", "deactivate", "run"];

fn path(verb: &str) -> String {
    format!("/trigger/demo.hello/daily/{verb}")
}

/// A server whose control plane has one trigger, with an input, a label and two
/// variables saved in it.
async fn with_trigger(yaml: &str) -> TestApp {
    let app = TestApp::with(yaml).await;
    deploy_trigger(&app, "v1").await;
    app.forget().await;
    app
}

async fn deploy_trigger(app: &TestApp, version: &str) {
    let name = literal("Saved");
    let trigger = json!({
        "name": trigger_name(),
        "spec": {
            "taskVersion": version,
            "active": true,
            "inputs": {"literals": [{"name": "name", "value": name}]},
            "runSpec": {
                "labels": {"values": {"team": "site"}},
                "envs": {"values": [
                    {"key": "LOG_LEVEL", "value": "10"}, {"key": "REGION", "value": "eu"},
                ]},
            },
        },
        "automationSpec": {"type": "TYPE_SCHEDULE", "schedule": {"cronExpression": "0 6 * * *"}},
    });
    app.upstream("trigger.TriggerService/DeployTrigger", &trigger)
        .await;
}

fn trigger_name() -> Value {
    json!({"project": "flytesnacks", "domain": "development", "taskName": "demo.hello", "name": "daily"})
}

fn literal(text: &str) -> Value {
    json!({"scalar": {"primitive": {"stringValue": text}}})
}

async fn is_active(app: &TestApp) -> bool {
    let request = json!({"name": trigger_name()});
    let answer = app
        .upstream("trigger.TriggerService/GetTriggerDetails", &request)
        .await;
    answer["trigger"]["spec"]["active"] == true
}

/// What the control plane was asked, apart from lookups of triggers.
async fn calls(app: &TestApp) -> Vec<String> {
    let counts = app.received().await["counts"].clone();
    let methods = counts.as_object().unwrap().keys().cloned();
    methods
        .filter(|method| method != "TriggerService/GetTriggerDetails")
        .collect()
}

#[tokio::test]
async fn what_the_allowlists_leave_out_is_denied_before_any_call() {
    let cases = [
        (
            "trigger_allowlist: []\n",
            VERBS.as_slice(),
            "Trigger demo.hello/daily",
        ),
        (
            "trigger_allowlist: [weekly, demo.add/daily]\n",
            &VERBS,
            "Trigger demo.hello/daily",
        ),
        (
            "task_allowlist: [demo.add]\n",
            &["run"],
            "Task development/flytesnacks/demo.hello",
        ),
    ];
    for (list, verbs, what) in cases {
        let app = with_trigger(&format!("{ALL}{list}")).await;
        for verb in verbs {
            let answer = app.post(&path(verb), &json!({})).await;
            let detail = format!("{what} is not in the allowlist");
            assert_eq!(
                (answer.status, &answer.body["detail"]),
                (403, &json!(detail)),
                "{list}{verb}"
            );
        }
        assert_eq!(app.received().await["total"], 0, "{list}");
    }
}

#[tokio::test]
async fn an_unknown_trigger_is_404_and_nothing_is_done_with_it() {
    let app = with_trigger(ALL).await;
    for unknown in ["demo.hello/Daily", "demo.add/daily", "none/none"] {
        for verb in VERBS {
            let answer = app
                .post(&format!("/trigger/{unknown}/{verb}"), &json!({}))
                .await;
            assert_eq!(
                (answer.status, &answer.body["code"], &answer.body["detail"]),
                (
                    404,
                    &json!("trigger_not_found"),
                    &json!(format!("Trigger {unknown} not found"))
                ),
                "{verb}"
            );
        }
    }
    assert_eq!(calls(&app).await, [""; 0]);
}

#[tokio::test]
async fn what_is_no_name_is_404_before_any_call() {
    let app = with_trigger(ALL).await;
    for bad in [
        "demo.hello/a%2Fb",
        "demo.hello%2Fdaily/x",
        "demo.hello/%00",
        "demo.hello/..",
        "d%20/daily",
        "/daily",
    ] {
        for verb in VERBS {
            let answer = app
                .post(&format!("/trigger/{bad}/{verb}"), &json!({}))
                .await;
            assert_eq!(
                (answer.status, &answer.body["detail"]),
                (404, &json!("Not Found")),
                "{bad} {verb}"
            );
        }
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn inputs_that_do_not_fit_start_no_run() {
    let app = with_trigger(ALL).await;
    let wrong_type = app.post(&path("run"), &json!({"name": 3})).await;
    assert_eq!(wrong_type.status, 422, "{}", wrong_type.text);
    assert_eq!(wrong_type.body["detail"][0]["loc"], json!(["body", "name"]));
    let unknown = app.post(&path("run"), &json!({"nmae": "Ada"})).await;
    assert_eq!(unknown.status, 422, "{}", unknown.text);
    for (body, kind) in [
        ("[1]", "dict_type"),
        ("\"x\"", "dict_type"),
        ("{", "json_invalid"),
    ] {
        let request = app
            .anonymous(Method::POST, &path("run"))
            .header("authorization", TOKEN)
            .header("content-type", "application/json")
            .body(body);
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status, &answer.body["detail"][0]["type"]),
            (422, &json!(kind)),
            "{body}"
        );
    }
    assert_eq!(calls(&app).await, ["TaskService/GetTaskDetails"]);
}

#[tokio::test]
async fn a_control_plane_that_fails_is_told_apart_and_nothing_is_started() {
    let app = with_trigger(ALL).await;
    for (effect, status) in [
        (json!({"type": "error", "code": "unavailable"}), 503),
        (json!({"type": "error", "code": "permission_denied"}), 403),
        (json!({"type": "error", "code": "internal"}), 502),
        (json!({"type": "garbage"}), 502),
        (json!({"type": "reset"}), 503),
    ] {
        for method in [
            "TriggerService/GetTriggerDetails",
            "TriggerService/UpdateTriggers",
        ] {
            app.faults(&json!([{"method": method, "effect": effect}]))
                .await;
            let answer = app.post(&path("deactivate"), &json!(null)).await;
            assert_eq!(answer.status, status, "{method} {effect}: {}", answer.text);
            assert_eq!(answer.body["source"], "control_plane");
        }
    }
    app.faults(&json!([])).await;
    assert!(is_active(&app).await);
}

#[tokio::test]
async fn run_trigger_is_served_only_where_it_is_named() {
    let app = with_trigger("endpoint_groups: [all]\n").await;
    assert_eq!(app.post(&path("run"), &json!({})).await.status, 404);
    assert_eq!(app.post(&path("activate"), &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_trigger_is_switched() {
    let app = with_trigger(ALL).await;
    for (verb, active) in [
        ("deactivate", false),
        ("deactivate", false),
        ("activate", true),
    ] {
        // A body is ignored, as the reference has it.
        let answer = app.post(&path(verb), &json!([1])).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let expected =
            json!({"task_name": "demo.hello", "trigger_name": "daily", "active": active});
        assert_eq!(answer.body, expected);
        assert_eq!(is_active(&app).await, active);
    }
}

/// Fires the trigger and gives the name of its run when that has ended well.
async fn fired(app: &TestApp, body: Option<&Value>) -> String {
    let mut request = app
        .anonymous(Method::POST, &path("run"))
        .header("authorization", TOKEN);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let name = answer.body["name"].as_str().unwrap().to_owned();
    let place = format!(
        "http://{}/v2/domain/development/project/flytesnacks",
        app.control_plane.unwrap()
    );
    let expected = json!({
        "url": format!("{place}/runs/{name}"), "name": name,
        "project": "flytesnacks", "domain": "development",
    });
    assert_eq!(answer.body, expected);
    assert_eq!(app.ended(&name).await["phase"], "succeeded");
    name
}

#[tokio::test]
async fn a_trigger_runs_with_its_saved_inputs_or_with_the_bodys_and_the_tasks_defaults() {
    let app = with_trigger(ALL).await;
    // Fired by hand, it need not be active.
    app.post(&path("deactivate"), &json!(null)).await;
    let cases = [
        (None, "Saved"),
        (Some(json!(null)), "Saved"),
        (Some(json!({"name": "Ada"})), "Ada"),
        (Some(json!({})), "world"),
    ];
    for (body, name) in cases {
        let run = fired(&app, body.as_ref()).await;
        let io = app.get(&format!("/run/{run}/io")).await;
        assert_eq!(io.body["inputs"], json!({"name": name}), "{body:?}");
        assert_eq!(io.body["outputs"], json!({"o0": format!("Hello, {name}!")}));
    }
}

#[tokio::test]
async fn the_built_in_trigger_can_be_fired() {
    let app = TestApp::with(ALL).await;
    let run = fired(&app, None).await;
    let io = app.get(&format!("/run/{run}/io")).await;
    assert_eq!(io.body["outputs"], json!({"o0": "Hello, early bird!"}));
}

#[tokio::test]
async fn a_run_keeps_what_its_trigger_says_and_gets_the_webhooks_variables_beside() {
    let app = with_trigger(ALL).await;
    let run = fired(&app, None).await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": run});
    let answer = app
        .upstream("workflow.RunService/GetRunDetails", &json!({"runId": id}))
        .await;
    let mut details = answer["details"].clone();
    let variables = details["runSpec"]["envs"]["values"].as_array_mut().unwrap();
    let trace = variables.pop().unwrap();
    assert_eq!(trace["key"], "TRACEPARENT");
    assert_eq!(
        details["runSpec"]["labels"]["values"],
        json!({"team": "site"})
    );
    let variable = |key: &str, value: &str| json!({"key": key, "value": value});
    assert_eq!(
        details["runSpec"]["envs"]["values"],
        json!([
            variable("LOG_LEVEL", "10"),
            variable("REGION", "eu"),
            variable("LOG_FORMAT", "console"),
            variable("USER_LOG_LEVEL", "20"),
        ])
    );
    assert_eq!(details["action"]["metadata"]["triggerName"], "daily");
}

#[tokio::test]
async fn a_body_is_read_by_the_task_version_that_the_trigger_is_bound_to() {
    let app = with_trigger(ALL).await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"});
    let answer = app
        .upstream("task.TaskService/GetTaskDetails", &json!({"taskId": id}))
        .await;
    let text = answer["details"]["spec"]
        .to_string()
        .replace(r#""name":"name""#, r#""name":"who""#);
    let spec: Value =
        serde_json::from_str(&text.replace(r#""key":"name""#, r#""key":"who""#)).unwrap();
    let mut newer = id.clone();
    newer["version"] = json!("v2");
    app.upstream(
        "task.TaskService/DeployTask",
        &json!({"taskId": newer, "spec": spec}),
    )
    .await;
    let latest = app
        .post(
            "/run-task/development/flytesnacks/demo.hello",
            &json!({"name": "Ada"}),
        )
        .await;
    assert_eq!(
        latest.status, 422,
        "the latest version has another input: {}",
        latest.text
    );
    let run = fired(&app, Some(&json!({"name": "Ada"}))).await;
    assert_eq!(
        app.get(&format!("/run/{run}/io")).await.body["inputs"],
        json!({"name": "Ada"})
    );

    deploy_trigger(&app, "gone").await;
    let gone = app.post(&path("run"), &json!({})).await;
    let detail = "Task demo.hello with version gone in development/flytesnacks not found";
    assert_eq!((gone.status, &gone.body["detail"]), (404, &json!(detail)));
}
