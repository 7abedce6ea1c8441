//! What somebody took a connection's bytes for.

use std::{net::SocketAddr, time::Duration};

use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// What every connection ends with, so that it ends.
pub(super) const SENTINEL: &[u8] = b"GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// Long after the server's timers, should it have any.
const PATIENCE: Duration = Duration::from_secs(5);

/// Messages in order, and why there are no more.
#[derive(Debug, Deserialize)]
pub(super) struct Reading {
    pub(super) messages: Vec<String>,
    pub(super) end: End,
    /// The last status, where it is the server's.
    #[serde(default)]
    pub(super) status: u16,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// The rest was not looked at.
    Closed,
    /// The rest is not HTTP.
    Refused,
    /// The rest is the start of a message.
    Incomplete,
    /// The rest is waited for without end.
    Hanging,
    /// The rest was refused behind the front.
    RefusedBehind,
}

impl Reading {
    /// Why a second reader of the same bytes is at odds with this one, if it is.
    pub(super) fn unlike(&self, theirs: &Self) -> Option<&'static str> {
        use End::{Hanging, Incomplete, Refused, RefusedBehind};

        let mut pairs = self.messages.iter().zip(&theirs.messages);
        if pairs.any(|(ours, theirs)| ours != theirs) {
            return Some("another message");
        }
        let (ours, other) = (self.messages.len(), theirs.messages.len());
        match (self.end, theirs.end) {
            (Hanging, _) => Some("waited for without end"),
            (RefusedBehind, _) => Some("passed by the front and refused behind it"),
            (_, Incomplete) if ours > other => Some("whole here, not there"),
            (Incomplete, _) if ours < other => Some("whole there, not here"),
            (_, Refused) if ours > other => Some("served here, refused there"),
            _ => None,
        }
    }
}

/// Sends bytes on a connection of their own; gives what the server saw.
pub(super) async fn read(server: SocketAddr, bytes: &[u8]) -> Reading {
    let mut stream = TcpStream::connect(server).await.unwrap();
    // Where the server closes early, its answer says why.
    let _ = stream.write_all(bytes).await;
    let mut answers = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answers)).await;
    let mut reading = Reading {
        messages: Vec::new(),
        end: read.map_or(End::Hanging, |_closed_or_reset| End::Closed),
        status: 0,
    };
    let mut rest = answers.as_slice();
    while let Some((status, is_ours, body, after)) = first(rest) {
        rest = after;
        reading.status = status;
        match status {
            200 => reading.messages.push(body),
            408 => reading.end = End::Incomplete,
            _ if is_ours => reading.end = End::Refused,
            _ => reading.end = End::RefusedBehind,
        }
    }
    reading
}

/// Status, whether it is the handler's, body, and what follows.
fn first(answers: &[u8]) -> Option<(u16, bool, String, &[u8])> {
    let end = answers
        .windows(4)
        .position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answers[..end]).unwrap();
    let length = head
        .lines()
        .find_map(|it| it.strip_prefix("content-length: "));
    let body = end + 4..end + 4 + length.map_or(0, |length| length.parse().unwrap());
    let status = head[9..12].parse().unwrap();
    let is_ours = head.contains("x-echo: 1");
    let text = String::from_utf8_lossy(answers.get(body.clone())?).into_owned();
    Some((status, is_ours, text, &answers[body.end..]))
}
