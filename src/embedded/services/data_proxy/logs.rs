//! The log of an attempt, followed until the attempt is over.

use std::time::Duration;

use connectrpc::{ConnectError, ServiceStream};
use flyte_idl::flyteidl2::{
    dataproxy::{TailLogsRequest, TailLogsResponse, tail_logs_response::Logs},
    logs::dataplane::{LogLine, LogLineOriginator},
};
use futures::stream;
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    time::sleep,
};

use super::super::{State, run, scope::action_key};
use crate::embedded::{executor::LOG_FILE, file, objects, store::ActionKey, wire};

/// A file tells nobody that it has grown.
const PAUSE: Duration = Duration::from_millis(200);
const LINES: usize = 500;
const MAX_LINE: usize = 64 << 10;

struct Tail {
    state: State,
    key: ActionKey,
    attempt: u32,
    file: BufReader<File>,
    /// The beginning of a line whose end is not written yet.
    partial: Vec<u8>,
    over: bool,
}

/// The lines so far, then those that come.
pub(super) async fn tail(
    state: &State,
    request: &TailLogsRequest,
) -> Result<ServiceStream<TailLogsResponse>, ConnectError> {
    let row = run::find(state, &action_key(&request.action_id)).await?;
    let attempt = if request.attempt == 0 {
        row.attempts.max(1)
    } else {
        request.attempt
    };
    let directory = objects::attempt_directory(&state.layout, &row.key(), attempt)?;
    let file = match file::open(&directory.join(LOG_FILE)).await {
        Ok(file) => file,
        // A task inside the server, or one that never started, prints nothing.
        Err(_) if row.is_done() && attempt <= row.attempts.max(1) => {
            return Ok(Box::pin(stream::empty()));
        }
        Err(_) => return Err(missing()),
    };
    let tail = Tail {
        state: state.clone(),
        key: row.key(),
        attempt,
        file: BufReader::new(file),
        partial: Vec::new(),
        over: false,
    };
    Ok(Box::pin(stream::try_unfold(tail, |mut tail| async move {
        Ok(tail.next().await?.map(|batch| (batch, tail)))
    })))
}

fn missing() -> ConnectError {
    ConnectError::not_found("the attempt has no log yet; ask again when it runs")
}

fn unreadable(error: std::io::Error) -> ConnectError {
    ConnectError::internal("the log cannot be read").with_source(error)
}

impl Tail {
    async fn next(&mut self) -> Result<Option<TailLogsResponse>, ConnectError> {
        loop {
            // Asked before reading: what is written until the end is read after it.
            let over = self.over || self.is_over().await?;
            let lines = self.lines(over).await?;
            if !lines.is_empty() {
                let logs = vec![Logs {
                    lines,
                    ..Default::default()
                }];
                return Ok(Some(TailLogsResponse {
                    logs,
                    ..Default::default()
                }));
            }
            if over {
                return Ok(None);
            }
            tokio::select! {
                () = self.state.shutdown.cancelled() => self.over = true,
                () = sleep(PAUSE) => {}
            }
        }
    }

    async fn lines(&mut self, over: bool) -> Result<Vec<LogLine>, ConnectError> {
        let mut lines = Vec::new();
        while lines.len() < LINES {
            let room = MAX_LINE.saturating_sub(self.partial.len());
            let mut rest = (&mut self.file).take(room as u64);
            let read = rest.read_until(b'\n', &mut self.partial).await;
            let at_end = read.map_err(unreadable)? == 0;
            let complete = self.partial.ends_with(b"\n") || self.partial.len() >= MAX_LINE;
            if complete || (at_end && over && !self.partial.is_empty()) {
                let bytes = std::mem::take(&mut self.partial);
                lines.push(self.line(&bytes));
            } else if at_end {
                break;
            }
        }
        Ok(lines)
    }

    fn line(&self, bytes: &[u8]) -> LogLine {
        let text = String::from_utf8_lossy(bytes);
        LogLine {
            timestamp: wire::time(self.state.store.now()).into(),
            // The SDK prints messages as they come and ends no line of its own.
            message: format!("{}\n", text.trim_end_matches(['\r', '\n'])),
            originator: LogLineOriginator::USER.into(),
            ..Default::default()
        }
    }

    async fn is_over(&self) -> Result<bool, ConnectError> {
        let row = run::find(&self.state, &self.key).await?;
        Ok(row.is_done() || row.attempts > self.attempt)
    }
}
