//! TLS beside plain HTTP, on one port.
//!
//! Tasks, apps and links to objects go on to speak plain HTTP on loopback: they
//! would have to be told of the certificate one by one.

use std::io;

use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::HEADER_TIMEOUT;

/// What every TLS connection starts with, and no HTTP request can.
const HANDSHAKE: u8 = 0x16;

/// A connection whose kind is known.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Looks at the first byte, where there is a choice.
pub(super) async fn of(stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<Stream> {
    let Some(tls) = tls else {
        return Ok(Stream::Plain(stream));
    };
    timeout(HEADER_TIMEOUT, choose(stream, tls)).await?
}

async fn choose(stream: TcpStream, tls: TlsAcceptor) -> io::Result<Stream> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == [HANDSHAKE] {
        Ok(Stream::Tls(Box::new(tls.accept(stream).await?)))
    } else {
        Ok(Stream::Plain(stream))
    }
}
