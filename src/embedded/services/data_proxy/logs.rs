//! The log of an attempt, followed until the attempt is over.

use std::{path::PathBuf, time::Duration};

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
use crate::embedded::{executor::LOG_FILE, objects, store::ActionKey, wire};

/// A file tells nobody that it has grown.
const PAUSE: Duration = Duration::from_millis(200);
const LINES: usize = 500;
const MAX_LINE: u64 = 64 << 10;

struct Tail {
    state: State,
    key: ActionKey,
    attempt: u32,
    file: BufReader<File>,
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
    let file = open(directory.join(LOG_FILE)).await?;
    let tail = Tail {
        state: state.clone(),
        key: row.key(),
        attempt,
        file: BufReader::new(file),
        over: false,
    };
    Ok(Box::pin(stream::try_unfold(tail, |mut tail| async move {
        Ok(tail.next().await?.map(|batch| (batch, tail)))
    })))
}

async fn open(path: PathBuf) -> Result<File, ConnectError> {
    let missing = |_| ConnectError::not_found("the attempt has no log yet; ask again when it runs");
    File::open(path).await.map_err(missing)
}

fn unreadable(error: std::io::Error) -> ConnectError {
    ConnectError::internal("the log cannot be read").with_source(error)
}

impl Tail {
    async fn next(&mut self) -> Result<Option<TailLogsResponse>, ConnectError> {
        loop {
            // Asked before reading: what is written until the end is read after it.
            let over = self.over || self.is_over().await?;
            let lines = self.lines().await?;
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

    async fn lines(&mut self) -> Result<Vec<LogLine>, ConnectError> {
        let mut lines = Vec::new();
        while lines.len() < LINES {
            let mut bytes = Vec::new();
            let mut line = (&mut self.file).take(MAX_LINE);
            let read = line.read_until(b'\n', &mut bytes).await;
            if read.map_err(unreadable)? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&bytes);
            lines.push(LogLine {
                timestamp: wire::time(self.state.store.now()).into(),
                // The SDK prints messages as they come and ends no line of its own.
                message: format!("{}\n", text.trim_end_matches(['\r', '\n'])),
                originator: LogLineOriginator::USER.into(),
                ..Default::default()
            });
        }
        Ok(lines)
    }

    async fn is_over(&self) -> Result<bool, ConnectError> {
        let row = run::find(&self.state, &self.key).await?;
        Ok(row.is_done() || row.attempts > self.attempt)
    }
}
