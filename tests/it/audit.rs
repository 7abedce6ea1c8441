//! The audit log of the real binary: what it holds, and what is found in it.

mod failing;
mod hooks;
mod log;
mod restart;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    harness::{Answer, client, embedded},
    program::{Program, bare},
};

const TASK: &str = "/run-task/development/flytesnacks/demo.hello";

/// An embedded control plane, and a place for the log of programs in front of it.
struct Place {
    control_plane: String,
    log: PathBuf,
    _stop: DropGuard,
    data: TempDir,
}

impl Place {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let address = embedded(data.path(), stop.clone()).await.address();
        Self {
            control_plane: format!("http://{address}"),
            log: data.path().join("audit.log"),
            _stop: stop.drop_guard(),
            data,
        }
    }

    /// A configuration with the log here and these keys beside it.
    fn yaml(&self, keys: &str, rest: &str) -> String {
        let log = self.log.display();
        format!("audit: {{file: {log}{keys}}}\n{rest}")
    }

    async fn serve(&self, keys: &str, rest: &str) -> Program {
        Program::serve(&self.control_plane, &self.yaml(keys, rest)).await
    }

    async fn faults(&self, effect: &Value) {
        self.rules(&json!([{"method": "*", "effect": effect}]))
            .await;
    }

    async fn no_faults(&self) {
        self.rules(&json!([])).await;
    }

    async fn rules(&self, rules: &Value) {
        let url = format!("{}/_dev/faults", self.control_plane);
        let set = client().put(url).json(&json!({ "rules": rules }));
        assert_eq!(Answer::of(set).await.status, 200);
    }

    fn records(&self) -> Vec<Value> {
        records(&self.log)
    }
}

fn request(program: &Program, method: Method, path: &str) -> RequestBuilder {
    let url = format!("http://{}{path}", program.address);
    client().request(method, url)
}

async fn get(program: &Program, path: &str) -> Answer {
    let request = request(program, Method::GET, path);
    Answer::of(request.header("authorization", "Bearer somebody's-token")).await
}

async fn post(program: &Program, path: &str) -> Answer {
    let request = request(program, Method::POST, path).json(&json!({}));
    Answer::of(request.header("authorization", "Bearer somebody's-token")).await
}

/// Stops a program; gives its log.
async fn stop(program: Program) -> String {
    program.terminate();
    let (status, log) = program.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    log
}

fn records(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn events(records: &[Value]) -> Vec<String> {
    let event = |record: &Value| record["event"].as_str().unwrap().to_owned();
    records.iter().map(event).collect()
}

/// `flyte-webhook audit verify` with these arguments.
fn verify<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    bare()
        .args(["audit", "verify"])
        .args(arguments)
        .output()
        .unwrap()
}

/// What it says, where it ends with this code.
fn said(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}{output:?}");
    text
}

/// The head that the log tells last.
fn head(log: &str) -> String {
    let lines = log.lines().rev();
    let mut heads = lines.filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        line["audit.head"].as_str().map(str::to_owned)
    });
    heads.next().expect("the head is told")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
