//! A limit to what comes before an answer: its head, and the interim answers
//! that may stand before that.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes may come before an answer's body; some of the body may come
/// along with them.
const LONGEST_HEAD: usize = 128 << 10;

/// A stream that ends when too much comes before an answer.
pub(super) struct Limited<S> {
    stream: S,
    left: usize,
    is_lifted: Arc<AtomicBool>,
}

/// Tells when the head has come.
pub(super) struct HeadLimit(Arc<AtomicBool>);

impl HeadLimit {
    pub(super) fn lift(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<S> Limited<S> {
    pub(super) fn new(stream: S) -> (Self, HeadLimit) {
        let is_lifted = Arc::new(AtomicBool::new(false));
        let limit = HeadLimit(Arc::clone(&is_lifted));
        let limited = Self {
            stream,
            left: LONGEST_HEAD,
            is_lifted,
        };
        (limited, limit)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if !self.is_lifted.load(Ordering::Relaxed) {
            let read = buffer.filled().len() - before;
            let Some(left) = self.left.checked_sub(read) else {
                return Poll::Ready(Err(io::Error::other("the answer's head is too long")));
            };
            self.left = left;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
