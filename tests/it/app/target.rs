//! A target app that notes what it is sent and answers as it is told.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::harness::spawn;

/// A listener that notes each request as it came.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Target {
    /// Answers every request with these bytes and closes.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::new(answer.into(), true).await
    }

    /// Answers every request with these bytes and then no more.
    pub(crate) async fn stalling(answer: impl Into<Vec<u8>>) -> Self {
        Self::new(answer.into(), false).await
    }

    async fn new(answer: Vec<u8>, closes: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, answer) = (sender.clone(), answer.clone());
                spawn(serve(stream, sender, answer, closes));
            }
        });
        Self { address, requests }
    }

    /// Answers with this status line and JSON.
    pub(crate) async fn json(status: &str, body: &str) -> Self {
        Self::answering(format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come since the last time.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        let mut requests = Vec::new();
        while let Ok(request) = self.requests.try_recv() {
            requests.push(request);
        }
        requests
    }
}

/// A connection alone is noted too, as an empty request.
async fn serve(
    mut stream: TcpStream,
    sender: mpsc::UnboundedSender<String>,
    answer: Vec<u8>,
    closes: bool,
) {
    let request = read(&mut stream).await;
    let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
    let _ = stream.write_all(&answer).await;
    if closes {
        let _ = stream.shutdown().await;
    }
    // Until the other side is done, or it would see a reset.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    request
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.split("content-length:").nth(1);
    let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
