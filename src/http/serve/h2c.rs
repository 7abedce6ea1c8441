//! Connections of HTTP/2 without TLS.
//!
//! The bounds are those that proxies at the edge set: the known floods are made of
//! streams, resets, small frames and large heads, each of which has one here.

use std::{sync::Arc, time::Duration};

use hyper::{server::conn::http2::Builder, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{answer::Answerer, frames::Frames, tend::tend};

/// Requests at once on one connection.
const STREAMS: u32 = 100;
/// Streams that were reset before they were handled; more end the connection.
const PENDING_RESETS: usize = 20;
/// Streams that were reset here because of what the client did.
const OWN_RESETS: usize = 100;
/// What may be under way without having been read: of one body and of all.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
const FRAME: u32 = 16 << 10;
/// What of one answer is kept while the client does not take it.
const SEND_BUFFER: usize = 64 << 10;
/// How often a client is asked whether it is there, and how long it may think.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);

/// Serves a connection that has begun with the preface.
pub(super) async fn run<S>(stream: S, answerer: Answerer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let served = Arc::clone(&answerer.served);
    let activity = Arc::clone(&answerer.activity);
    let edge = Arc::clone(&answerer.edge);
    let service = service_fn(move |request| {
        let in_flight = answerer.activity.begin();
        answerer.clone().answer(request, in_flight)
    });
    let largest_head = u32::try_from(edge.head.bytes).unwrap_or(u32::MAX);
    let connection = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(PENDING_RESETS)
        .max_local_error_reset_streams(OWN_RESETS)
        .max_header_list_size(largest_head)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(FRAME)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN)
        .serve_connection(TokioIo::new(Frames::new(stream)), service);
    // At once: whoever speaks HTTP/2 can tell what was not handled and opens
    // another connection for it.
    let stop = served.drain.draining().started();
    tend(connection, &activity, &edge, stop).await;
}
