//! Bodies that something is to be known of.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body whose frames are shown to a watcher, which goes with it.
pub(super) struct Watched<W> {
    body: Body,
    watcher: W,
}

/// What looks at the frames of a body.
pub(super) trait Watch: Unpin + Send + 'static {
    /// Looks at the next; an error ends the body.
    fn frame(&mut self, frame: &Frame<Bytes>) -> Result<(), axum::Error>;

    /// There are no more.
    fn end(&mut self) {}
}

impl<W: Watch> Watched<W> {
    pub(super) fn over(body: Body, watcher: W) -> Body {
        Body::new(Self { body, watcher })
    }
}

impl<W: Watch> http_body::Body for Watched<W> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let next = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(match next {
            Some(Ok(frame)) => {
                let judged = self.watcher.frame(&frame).map(|()| frame);
                if self.body.is_end_stream() {
                    self.watcher.end();
                }
                Some(judged)
            }
            Some(Err(error)) => Some(Err(error)),
            None => {
                self.watcher.end();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
