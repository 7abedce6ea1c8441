//! The port as those meet it who do not keep to the rules, or the time.

mod bodies;
mod closing;
mod connections;
mod h2c;
mod slow;
mod strict;
mod vectors;

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::harness::TestApp;

/// Longer than anything here takes; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST_HEALTH: &str = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// A server that no test here needs a control plane for.
async fn server(yaml: &str) -> TestApp {
    TestApp::against("http://127.0.0.1:9", yaml).await
}

/// A connection on which bytes are sent as they are.
struct Wire(TcpStream);

impl Wire {
    async fn open(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Sends; that the other side is gone shows in what is read.
    async fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.0.write_all(bytes.as_ref()).await;
        self
    }

    /// Sends a piece again and again until something comes back; gives how often.
    async fn dribble(&mut self, piece: &str, every: Duration) -> usize {
        for sent in 0.. {
            tokio::select! {
                _ = self.0.readable() => return sent,
                () = sleep(every) => self.send(piece).await,
            };
        }
        unreachable!("it is cut off before that");
    }

    /// All that comes until the server closes.
    async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        read.expect("the server closes").unwrap();
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// One answer with a length.
    async fn answer(&mut self) -> Reply {
        let mut text = String::new();
        loop {
            if let Some(reply) = Reply::first(&text) {
                return reply;
            }
            let mut piece = [0; 4096];
            let read = timeout(PATIENCE, self.0.read(&mut piece)).await;
            let read = read.expect("the server answers").unwrap();
            assert_ne!(read, 0, "closed after {text:?}");
            text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        }
    }

    /// Whether the server has closed, or does soon, without another byte.
    async fn is_closed(&mut self) -> bool {
        let read = timeout(PATIENCE, self.0.read(&mut [0; 1])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }
}

/// An answer with a length.
#[derive(Debug, PartialEq)]
struct Reply {
    status: u16,
    head: String,
    body: Value,
}

impl Reply {
    fn first(text: &str) -> Option<Self> {
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let body = rest.get(..length)?;
        Some(Self {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: serde_json::from_str(body).unwrap_or_default(),
        })
    }

    fn closes(&self) -> bool {
        self.head.contains("connection: close")
    }
}

/// Sends bytes on a connection of their own; gives the status of every answer.
async fn statuses(app: &TestApp, bytes: impl AsRef<[u8]>) -> Vec<u16> {
    let mut wire = Wire::open(app.address).await;
    let answers = wire.send(bytes).await.rest().await;
    // Problems name versions, too, but no status after them.
    let starts = answers.split("HTTP/1.").skip(1);
    let statuses = starts.filter_map(|rest| rest.get(2..5)?.parse().ok());
    statuses.collect()
}
