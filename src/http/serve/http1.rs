//! Connections of HTTP/1.1 and 1.0.

use std::sync::Arc;

use hyper::{server::conn::http1::Builder, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use super::{answer::Answerer, front::Front, tend::tend};

/// hyper's own least, which takes what the front lets pass and then some.
const LEAST_BUFFER: usize = 64 << 10;

/// Header lines for which hyper has room where it is told of no other number.
const ROOM: usize = 100;

/// Serves a connection whose first head has to be there at the deadline.
pub(super) async fn run<S>(stream: S, deadline: Instant, answerer: Answerer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let served = Arc::clone(&answerer.served);
    let activity = Arc::clone(&answerer.activity);
    let edge = Arc::clone(&answerer.edge);
    let of_front = Arc::clone(&activity);
    let front = Front::new(stream, edge.head, edge.head_timeout, deadline, of_front);
    let service = service_fn(move |request| {
        // The front has counted it from its first byte on.
        let in_flight = answerer.activity.answering();
        answerer.clone().answer(request, in_flight)
    });
    let mut builder = Builder::new();
    // The front has counted them, and to be told of a number costs hyper time.
    if edge.head.headers > ROOM {
        builder.max_headers(edge.head.headers);
    }
    let connection = builder
        .max_buf_size(edge.head.bytes.max(LEAST_BUFFER))
        // The front has the timers.
        .header_read_timeout(None)
        // Bodies are small: to copy one costs less than to have the kernel gather it.
        .writev(false)
        .serve_connection(TokioIo::new(front), service);
    let stop = served.drain.closing().cancelled();
    tend(connection, &activity, &edge, stop).await;
}
