//! A control plane that can be told to be broken.

use std::net::SocketAddr;

use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::mode::{How, Mode};
use crate::harness::{client, embedded, spawn};

pub(super) struct Neighbour {
    pub(super) endpoint: String,
    /// Where faults are set, if it is the embedded control plane.
    faults: Option<String>,
    _stop: DropGuard,
    _data: TempDir,
}

impl Neighbour {
    /// Starts one that is broken at once, or well until it is told.
    pub(super) async fn start(mode: &Mode) -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let (address, scheme) = match mode.how {
            How::Fault(_) => {
                let handle = embedded(data.path(), stop.clone()).await;
                (handle.address(), "http")
            }
            How::Refused => (closed().await, "http"),
            How::Socket { answer, closes } => (socket(answer, closes).await, "http"),
            How::Tls => (socket("db-7.internal said no", true).await, "https"),
        };
        let is_embedded = matches!(mode.how, How::Fault(_));
        Self {
            endpoint: format!("{scheme}://{address}"),
            faults: is_embedded.then(|| format!("http://{address}/_dev/faults")),
            _stop: stop.drop_guard(),
            _data: data,
        }
    }

    pub(super) async fn misbehave(&self, mode: &Mode) {
        if let (Some(url), How::Fault(effect)) = (&self.faults, &mode.how) {
            let rules = json!({"rules": [{"method": "*", "effect": effect}]});
            let set = client().put(url).json(&rules).send().await.unwrap();
            assert_eq!(set.status(), 200, "{}: {effect}", mode.name);
        }
    }
}

/// An address where nobody listens.
async fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

async fn socket(answer: &'static str, closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            spawn(connection(stream, answer, closes));
        }
    });
    address
}

async fn connection(mut stream: TcpStream, answer: &'static str, closes: bool) {
    let mut request = [0; 4 << 10];
    // Whoever goes away meanwhile wants no answer.
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(answer.as_bytes()).await;
    if closes {
        let _ = stream.shutdown().await;
    }
    // What is left unread would end the connection by a reset.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}
