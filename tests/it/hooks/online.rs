//! `config check --online`: the rules of hooks beside the tasks as they are deployed.

use std::{fs, process::Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{GREET, created};
use crate::{
    harness::TestApp,
    program::{bare, command},
};

/// The digest by which the control plane shows the credential of [`GREET`].
const IDENTITY: &str = "sha256:92d360082c8cd566";

/// The rule of [`GREET`].
const RULE: &str =
    "        task: development/flytesnacks/demo.hello\n        inputs: {name: payload.after}\n";

fn rule(task: &str, more: &str) -> String {
    format!("        task: development/flytesnacks/{task}\n        {more}\n")
}

/// What the real program says of [`GREET`] with another rule.
async fn check(endpoint: &str, rule: &str, arguments: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("hooks.yaml");
    fs::write(&file, GREET.trim_start().replace(RULE, rule)).unwrap();
    let serve = command(endpoint);
    let environment = serve.as_std().get_envs();
    let mut command = tokio::process::Command::from(bare());
    command
        .args(["config", "check", "--config"])
        .arg(&file)
        .args(arguments)
        .envs(environment.filter_map(|(name, value)| Some((name, value?))));
    command.output().await.unwrap()
}

async fn online(app: &TestApp, rule: &str) -> Output {
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    check(&endpoint, rule, &["--online"]).await
}

/// The lines of what is wrong, each without the folder of its file.
fn refused(output: &Output) -> Vec<String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let name = |line: &str| line.split_once("hooks.yaml:").unwrap().1.to_owned();
    stderr.lines().map(name).collect()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "flat table")]
async fn a_rule_that_cannot_fit_its_task_is_an_error_at_its_key() {
    let app = TestApp::start().await;
    let text = "does not fit the task: Input should be a valid string";
    let gone =
        "is not deployed, or the hook's identity may not see it; deploy it, or write another";
    for (task, more, key, reason) in [
        (
            "demo.hello",
            "inputs: {nam: payload.after}",
            "inputs.nam",
            "is no input of the task; did you mean name?",
        ),
        (
            "demo.hello",
            "inputs: {xyzzy: payload.after}",
            "inputs.xyzzy",
            "is no input of the task; it has name",
        ),
        (
            "demo.add",
            "inputs: {a: '1'}",
            "inputs",
            "lacks b, which the task requires; write b and its value",
        ),
        ("demo.hello", "inputs: {name: '5'}", "inputs.name", text),
        (
            "demo.hello",
            "inputs: {name: '[1, 2]'}",
            "inputs.name",
            text,
        ),
        (
            "demo.hello",
            "inputs: {name: size(payload.commits)}",
            "inputs.name",
            "is a whole number and does not fit the task: Input should be a valid string",
        ),
        (
            "demo.add",
            "inputs: {a: event.actor, b: '1'}",
            "inputs.a",
            "is text and does not fit the task: Input should be a valid integer",
        ),
        (
            "demo.add",
            "inputs: {a: 'payload.a ? 1.5 : 2.5', b: '1'}",
            "inputs.a",
            "is a number with a fraction and does not fit the task: Input should be a valid integer",
        ),
        (
            "demo.add",
            "inputs: {a: 'payload.x == 1', b: '1'}",
            "inputs.a",
            "is true or false and does not fit the task: Input should be a valid integer",
        ),
        ("demo.gone", "version: v1", "task", gone),
        (
            "demo.hello",
            "version: v999",
            "version",
            "is no version of the task that is deployed; write another, or leave it out for the latest",
        ),
    ] {
        let lines = refused(&online(&app, &rule(task, more)).await);
        assert_eq!(lines.len(), 1, "{more}: {lines:?}");
        let (place, said) = lines[0].split_once(": ").unwrap();
        assert_eq!(
            said,
            format!("hooks.greet.rules[0].{key}: {reason}"),
            "{more}"
        );
        assert!(place.split_once(':').is_some(), "line and column: {place}");
    }
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let app = TestApp::start().await;
    let second = rule("demo.gone", "version: v1").replacen("        task", "      - task", 1);
    let rules = format!(
        "{}{second}",
        rule("demo.add", "inputs: {a: 'true', c: '1'}")
    );
    let lines = refused(&online(&app, &rules).await);
    let keys: Vec<&str> = lines
        .iter()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    let of_rule = |rest: &str| format!("hooks.greet.rules[0].{rest}");
    let mut expected = vec![of_rule("inputs"), of_rule("inputs.a"), of_rule("inputs.c")];
    expected.push("hooks.greet.rules[1].task".to_owned());
    let mut keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    keys.sort();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_rule_that_fits_or_may_is_fine_and_the_hook_asks_in_its_own_name() {
    let app = TestApp::start().await;
    for (task, more) in [
        ("demo.hello", "inputs: {name: payload.after}"),
        ("demo.hello", "inputs: {name: \"event.actor + '!'\"}"),
        ("demo.hello", "version: null"),
        ("demo.add", "inputs: {a: '1', b: size(payload.x)}"),
        (
            "demo.add",
            "inputs: {a: 'payload.x > 1 ? 1 : payload.y', b: payload.z}",
        ),
    ] {
        app.forget().await;
        let output = online(&app, &rule(task, more)).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{more}: {stderr}");
        assert!(output.stdout.starts_with(b"ok\n"), "{output:?}");
        let received = app.received().await;
        let requests = received["requests"].as_array().unwrap();
        assert!(!requests.is_empty());
        for request in requests {
            let authorization = json!(["authorization", IDENTITY]);
            let headers = request["headers"].as_array().unwrap();
            assert!(headers.contains(&authorization), "{request}");
        }
    }
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn who_may_not_ask_is_told_from_what_is_wrong() {
    let app = TestApp::start().await;
    for (code, key, reason) in [
        (
            "unauthenticated",
            "identity",
            "is not taken by the control plane; write the credential of an account there",
        ),
        (
            "permission_denied",
            "rules[0].task",
            "may not be looked up by the hook's identity; let it, or write another task",
        ),
    ] {
        app.faults(&denying(code)).await;
        let lines = refused(&online(&app, RULE).await);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].ends_with(&format!(" hooks.greet.{key}: {reason}")),
            "{lines:?}"
        );
    }
}

fn denying(code: &str) -> Value {
    json!([{"method": "*", "effect": {"type": "error", "code": code}}])
}

#[tokio::test]
async fn that_the_control_plane_cannot_be_asked_is_no_mistake_of_the_configuration() {
    let nowhere = "http://127.0.0.1:9";
    let output = check(nowhere, RULE, &["--online"]).await;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(69), "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let words = format!("flyte-webhook: the control plane at {nowhere}/ cannot be asked");
    assert!(stderr.starts_with(&words), "{stderr}");
    assert!(
        stderr.contains("the configuration itself is valid"),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    // A mistake that needs nobody else is found all the same.
    let wrong = check(
        nowhere,
        &rule("demo.hello", "inputs: {name: evnt.actor}"),
        &["--online"],
    )
    .await;
    assert!(refused(&wrong)[0].contains("names a variable that does not exist"));
    let offline = check(nowhere, RULE, &[]).await;
    assert_eq!(offline.status.code(), Some(0), "{offline:?}");
}
