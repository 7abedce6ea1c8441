//! Bodies that no client should have to read.

use std::{
    io::{self, Write},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use http::{HeaderValue, Response, header};
use http_body_util::BodyExt;

use super::{CHUNK, typed};

/// Time for what was sent to leave.
const FLUSH: Duration = Duration::from_millis(20);

/// What a proxy in between answers.
pub(super) fn html() -> Response<Body> {
    let page = "<!doctype html><title>Sign in</title><h1>Sign in to continue</h1>";
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    typed(Some(kind), Body::from(page))
}

/// So many zeros, without saying how many.
pub(super) fn zeros(bytes: u64) -> Body {
    let chunks = stream::unfold(bytes, |left| async move {
        let size = CHUNK.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        (size > 0).then(|| (Ok::<_, io::Error>(CHUNK.slice(..size)), left - size as u64))
    });
    Body::from_stream(chunks)
}

/// The same answer, one byte after another.
pub(super) async fn drip(response: Response<Body>, interval: Duration) -> Response<Body> {
    let (parts, bytes) = collected(response).await;
    let slowly = stream::iter(0..bytes.len()).then(move |index| {
        let byte = bytes.slice(index..=index);
        async move {
            tokio::time::sleep(interval).await;
            Ok::<_, io::Error>(byte)
        }
    });
    Response::from_parts(parts, Body::from_stream(slowly))
}

/// The first half of the same answer, whose headers promise all of it.
pub(super) async fn cut(response: Response<Body>) -> Response<Body> {
    let (mut parts, bytes) = collected(response).await;
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = stream::iter([Ok(bytes.slice(..bytes.len() / 2))]);
    let end = stream::once(async {
        // An error that comes with the head would take the head along.
        tokio::time::sleep(FLUSH).await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    Response::from_parts(parts, Body::from_stream(half.chain(end)))
}

/// So many zeros, compressed.
pub(super) async fn bomb(kind: Option<HeaderValue>, bytes: u64) -> Response<Body> {
    let compressed = tokio::task::spawn_blocking(move || compress(bytes)).await;
    let bytes = compressed.ok().and_then(Result::ok).unwrap_or_default();
    let mut response = typed(kind, Body::from(bytes));
    let gzip = HeaderValue::from_static("gzip");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, gzip);
    response
}

fn compress(bytes: u64) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut left = bytes;
    while left > 0 {
        let size = CHUNK.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        encoder.write_all(&CHUNK.slice(..size))?;
        left -= size as u64;
    }
    encoder.finish()
}

async fn collected(response: Response<Body>) -> (http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // Our own handlers' bodies do not fail; a stream of theirs has no end to
    // wait for, and is cut or slowed as what it has sent so far: nothing.
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes);
    (parts, bytes.unwrap_or_default())
}
