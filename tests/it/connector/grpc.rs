//! Calls in gRPC, frame by frame.

use std::{convert::Infallible, net::SocketAddr};

use bytes::{BufMut, Bytes, BytesMut};
use futures::{StreamExt, channel::mpsc};
use http::{HeaderMap, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::harness::spawn;

type Body = BoxBody<Bytes, Infallible>;

/// A connection of an engine.
#[derive(Clone)]
pub(crate) struct Engine(SendRequest<Body>, SocketAddr);

/// A call that the engine has not said all of.
pub(crate) struct Open {
    pieces: mpsc::UnboundedSender<Bytes>,
    answer: tokio::task::JoinHandle<Said>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: u32,
    pub(crate) message: String,
    pub(crate) body: Bytes,
}

impl Engine {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let io = TokioIo::new(stream);
        let (sender, driver) = handshake(TokioExecutor::new(), io).await.unwrap();
        spawn(driver);
        Self(sender, address)
    }

    /// Calls a method with one message.
    pub(crate) async fn call(&self, method: &str, message: &[u8]) -> Said {
        let open = self.open(method, &[]);
        open.send(framed(message));
        open.end().await
    }

    /// Begins a call, with these headers beside those of gRPC.
    pub(crate) fn open(&self, method: &str, headers: &[(&str, &str)]) -> Open {
        let (pieces, sent) = mpsc::unbounded::<Bytes>();
        let frames = sent.map(|piece| Ok(Frame::data(piece)));
        let mut request = Request::post(format!("http://{}/{method}", self.1))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(BodyExt::boxed(StreamBody::new(frames)))
            .unwrap();
        let mut sender = self.0.clone();
        let answer = spawn(async move {
            let response = sender.send_request(request).await.unwrap();
            let (head, body) = response.into_parts();
            let collected = body.collect().await.unwrap();
            let trailers = collected.trailers().cloned().unwrap_or_default();
            let said = if trailers.is_empty() {
                head.headers
            } else {
                trailers
            };
            Said::of(&said, collected.to_bytes())
        });
        Open { pieces, answer }
    }
}

impl Open {
    pub(crate) fn send(&self, piece: Bytes) {
        self.pieces.unbounded_send(piece).unwrap();
    }

    /// Ends the request; gives the answer.
    pub(crate) async fn end(self) -> Said {
        drop(self.pieces);
        self.answer.await.unwrap()
    }

    /// The answer to a request that does not end.
    pub(crate) async fn answer(self) -> Said {
        self.answer.await.unwrap()
    }
}

impl Said {
    fn of(trailers: &HeaderMap, body: Bytes) -> Self {
        let text = |name| {
            trailers
                .get(name)
                .map_or("", |value| value.to_str().unwrap())
        };
        Self {
            code: text("grpc-status").parse().unwrap(),
            message: percent_encoding::percent_decode_str(text("grpc-message"))
                .decode_utf8_lossy()
                .into_owned(),
            body,
        }
    }
}

/// A message as gRPC puts it into a body.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.len()).unwrap());
    bytes.put_slice(message);
    bytes.freeze()
}
