//! Scripts that measure what is not the server's own, and what they say.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use tokio::process::Command;

use crate::Size;

/// Runs a script of Python below `tests`; gives the object that it prints. What else it says is
/// seen while it runs.
pub(crate) async fn measure(script: &str, size: Size, arguments: &[&str]) -> Result<Value, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(root.join("target/chart-venv/bin/python"));
    command.arg(root.join("tests").join(script));
    if size == Size::Small {
        command.arg("--small");
    }
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let ended = async { command.spawn()?.wait_with_output().await };
    let output = ended.await.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|_no_json| format!("{script}: {}", output.status))
}

/// A list of texts in what was measured.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .map(|it| it.as_str().unwrap_or("?").to_owned())
        .collect()
}
