//! The second reader: a process of Python.

use std::{env, process::Stdio};

use data_encoding::HEXLOWER;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{ChildStdin, Command},
};

use super::reading::Reading;
use crate::harness::spawn;

/// `make` installs h11 there, with the SDK.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/venv/bin/python");
const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/scorecard/r25/h11_reads.py"
);

/// What h11 takes each connection's bytes for.
pub(super) async fn read(connections: &[Vec<u8>]) -> Vec<Reading> {
    let mut child = Command::new(env::var_os("SCORECARD_PYTHON").unwrap_or_else(|| PYTHON.into()))
        .arg(SCRIPT)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Python with h11; make installs it, or SCORECARD_PYTHON names one");
    let lines: Vec<String> = connections.iter().map(|it| HEXLOWER.encode(it)).collect();
    spawn(write(child.stdin.take().unwrap(), lines));
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut readings = Vec::with_capacity(connections.len());
    while let Some(line) = output.next_line().await.unwrap() {
        readings.push(serde_json::from_str(&line).unwrap());
    }
    readings
}

async fn write(mut input: ChildStdin, lines: Vec<String>) {
    for line in lines {
        input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }
}
