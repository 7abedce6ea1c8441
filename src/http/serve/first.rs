//! The first bytes of a connection, which say what is spoken on it.
//!
//! Before they are there nothing is set up for it: who connects and says nothing
//! costs a socket and a timer.

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::{Instant, timeout_at},
};

/// What a client of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.1 or 1.0.
    Http1,
    /// HTTP/2 with prior knowledge, without TLS.
    H2c,
}

/// Reads until it is clear what is spoken; none where the client says nothing.
/// A preface that stops short is left to HTTP/1, which refuses it.
pub(super) async fn read<S>(stream: &mut S, h2c: bool, deadline: Instant) -> Option<First>
where
    S: AsyncRead + Unpin,
{
    let mut bytes = BytesMut::with_capacity(PREFACE.len());
    while bytes.is_empty() || (h2c && is_start(&bytes)) {
        match timeout_at(deadline, stream.read_buf(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) | Err(_) => break,
            Ok(Ok(_)) => {}
        }
    }
    let protocol = if h2c && bytes.starts_with(PREFACE) {
        Protocol::H2c
    } else {
        Protocol::Http1
    };
    let bytes = bytes.freeze();
    (!bytes.is_empty()).then_some(First { protocol, bytes })
}

/// What a connection begins with.
pub(super) struct First {
    pub(super) protocol: Protocol,
    pub(super) bytes: Bytes,
}

fn is_start(bytes: &[u8]) -> bool {
    bytes.len() < PREFACE.len() && PREFACE.starts_with(bytes)
}
