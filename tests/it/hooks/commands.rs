//! `flyte-webhook hooks`, and the example of the guide, with the real program.

use std::{array, iter::repeat_with, net::TcpListener, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

use super::{SECRET, created};
use crate::{
    harness::{TestApp, client},
    program::bare,
};

const EXAMPLE: &str = "config/examples/github.yaml";

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::from(bare());
    command
        .args(arguments)
        .env("GITHUB_WEBHOOK_SECRET", SECRET)
        .env("FLYTE_API_KEY", "dev")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn printed(arguments: &[&str]) -> String {
    let output = program(arguments).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the shell makes of a line.
async fn shell(line: &str) -> Value {
    let output = Command::new("sh")
        .args(["-c", line])
        .output()
        .await
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{line}: {output:?}"))
}

/// Ports that are free now, of those that no other test is given: `tests/ports.py` says why.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let any = repeat_with(|| rand::random_range(20_000..32_768));
    let free = any.filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let held: Vec<TcpListener> = free.take(COUNT).collect();
    array::from_fn(|at| held[at].local_addr().unwrap().port())
}

#[tokio::test]
async fn the_example_of_the_guide_works_as_printed() {
    let data = tempfile::tempdir().unwrap();
    let [api, control_plane] = free_ports().map(|port| port.to_string());
    let mut dev = program(&["dev", "--config", EXAMPLE, "--port", &api]);
    dev.args(["--control-plane-port", &control_plane, "--data-dir"])
        .arg(data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut dev = dev.spawn().unwrap();
    let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    assert!(first.contains(&api), "{first}");
    let url = format!("http://127.0.0.1:{api}");
    let line = printed(&[
        "hooks", "sign", "github", "--config", EXAMPLE, "--url", &url,
    ])
    .await;
    assert!(
        line.starts_with(&format!("curl -sS '{url}/github-webhook'")),
        "{line}"
    );
    assert!(!line.contains(SECRET));
    let answer = shell(&line).await;
    assert_eq!(answer["status"], "launched", "{answer}");
    assert!(
        answer["run_id"].is_string() && answer["url"].is_string(),
        "{answer}"
    );
    assert_eq!(shell(&line).await["status"], "duplicate");
    let forged = client()
        .post(format!("{url}/github-webhook"))
        .body("{}")
        .send();
    assert_eq!(forged.await.unwrap().status(), 403);
    dev.kill().await.unwrap();
}

#[tokio::test]
async fn hooks_are_listed_with_what_they_start() {
    let list = printed(&["hooks", "list", "--config", EXAMPLE]).await;
    let expected = "github               github             launched  1 secret(s)  /webhook/github /github-webhook\n    development/flytesnacks/demo.hello <- event.type == \"push\"\nsources: github, gitlab, ";
    assert!(list.starts_with(expected), "{list}");
}

#[tokio::test]
async fn a_delivery_is_explained_step_by_step() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    std::fs::write(&body, r#"{"ref": "refs/heads/main", "after": "f00"}"#).unwrap();
    let body = body.to_str().unwrap();
    let sign = [
        "hooks", "sign", "github", "--config", EXAMPLE, "--body", body, "--id", "7c1",
    ];
    let line = printed(&sign).await;
    let headers: Vec<&str> = line
        .split(" -H '")
        .skip(1)
        .filter_map(|it| it.split('\'').next())
        .collect();
    let mut explain = vec![
        "hooks",
        "explain",
        "github",
        "--config",
        EXAMPLE,
        "--offline",
        "--body",
        body,
    ];
    for header in &headers {
        explain.extend(["-H", header]);
    }
    let explained: Value = serde_json::from_str(&printed(&explain).await).unwrap();
    assert_eq!(
        explained["rules"],
        json!([{
            "rule": 1,
            "task": "development/flytesnacks/demo.hello",
            "outcome": "applies",
            "key": "7c1",
            "inputs": {"name": "f00"},
        }])
    );
    assert_eq!(
        (&explained["outcome"], &explained["signature"]),
        (
            &json!("launched"),
            &json!({"ok": true, "detail": "secret 1 of 1 vouches for it"})
        )
    );
    let unsigned = &explain[..8];
    let explained: Value = serde_json::from_str(&printed(unsigned).await).unwrap();
    assert_eq!(
        (&explained["outcome"], &explained["signature"]["reason"]),
        (&json!("rejected"), &json!("missing"))
    );
}

#[tokio::test]
async fn the_control_plane_says_whether_what_a_delivery_gives_fits_the_task() {
    let app = TestApp::start().await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    for (after, fits) in [(json!("f00"), true), (json!(1), false)] {
        let sent = json!({"ref": "refs/heads/main", "after": after});
        std::fs::write(&body, sent.to_string()).unwrap();
        let body = body.to_str().unwrap();
        let sign = [
            "hooks", "sign", "github", "--config", EXAMPLE, "--body", body,
        ];
        let line = printed(&sign).await;
        let headers = line.split(" -H '").skip(1);
        let headers: Vec<&str> = headers.filter_map(|it| it.split('\'').next()).collect();
        let mut explain = vec!["hooks", "explain", "github", "--config", EXAMPLE];
        explain.extend(["--body", body, "--control-plane-endpoint", &endpoint]);
        for header in &headers {
            explain.extend(["-H", header]);
        }
        let explained: Value = serde_json::from_str(&printed(&explain).await).unwrap();
        assert_eq!(explained["rules"][0]["fit"]["ok"], fits, "{explained}");
    }
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn a_hook_that_does_not_exist_is_named_the_nearest() {
    let output = program(&["hooks", "sign", "gihub", "--config", EXAMPLE])
        .output()
        .await
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "flyte-webhook: there is no hook gihub; did you mean github?\n"
    );
    assert_eq!(output.status.code(), Some(1));
}
