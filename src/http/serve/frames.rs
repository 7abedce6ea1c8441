//! A stream of HTTP/2 frames that fails when the client sends too many that move
//! next to nothing: each costs little, and without a bound all of a core.
//!
//! Frames: RFC 9113, section 4.1. What costs more than it brings is bounded as
//! its section 10.5 asks for.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Buf;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// The client's first bytes, which are no frame.
const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;

/// How many frames a client may send for nothing at first, and how often it may
/// afterwards.
const FREE: u32 = 200;
const EVERY: Duration = Duration::from_millis(50);
/// How many it may send for a request: to reset it, to say what it is worth.
const FOR_A_REQUEST: u32 = 2;
/// How many bytes have to be moved for one more, in either direction. A body in
/// pieces of this size goes on; for an answer clients grant room in steps of some
/// KiB, for the stream and the connection.
const FOR_BYTES: usize = 256;
/// What has not been used by then is lost.
const MOST: u32 = 10_000;

/// A stream whose frames are counted.
pub(super) struct Frames<S> {
    stream: S,
    /// What has come of the head of the next.
    head: u128,
    head_bytes: usize,
    /// What is left of the frame that is being read.
    payload: usize,
    allowance: Allowance,
}

impl<S> Frames<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            head: 0,
            head_bytes: 0,
            payload: PREFACE_BYTES,
            allowance: Allowance::new(Instant::now()),
        }
    }

    fn count(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while bytes.has_remaining() {
            if self.payload > 0 {
                let skipped = self.payload.min(bytes.remaining());
                self.payload -= skipped;
                bytes.advance(skipped);
                continue;
            }
            self.head = self.head << 8 | u128::from(bytes.get_u8());
            self.head_bytes += 1;
            if self.head_bytes == HEAD_BYTES {
                self.begin_frame()?;
            }
        }
        Ok(())
    }

    /// Length of 24 bits, type of 8, flags of 8, stream of 32.
    fn begin_frame(&mut self) -> io::Result<()> {
        let [.., high, middle, low, kind, _, _, _, _, _] = self.head.to_be_bytes();
        self.head_bytes = 0;
        self.payload = u32::from_be_bytes([0, high, middle, low]) as usize;
        if kind == HEADERS {
            self.allowance.grant(FOR_A_REQUEST);
            return Ok(());
        }
        if kind == DATA {
            self.allowance.moved(self.payload);
        }
        self.allowance.take()
    }
}

/// How many frames a client may still send for nothing.
struct Allowance {
    frames: u32,
    /// What has been moved since the last frame was granted for it.
    bytes: usize,
    /// Until when time has been counted.
    counted: Instant,
}

impl Allowance {
    fn new(now: Instant) -> Self {
        Self {
            frames: FREE,
            bytes: 0,
            counted: now,
        }
    }

    fn grant(&mut self, frames: u32) {
        self.frames = self.frames.saturating_add(frames).min(MOST);
    }

    fn moved(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.grant(u32::try_from(self.bytes / FOR_BYTES).unwrap_or(MOST));
        self.bytes %= FOR_BYTES;
    }

    fn take(&mut self) -> io::Result<()> {
        if self.frames == 0 {
            self.count_time(Instant::now());
        }
        let left = self.frames.checked_sub(1);
        self.frames =
            left.ok_or_else(|| io::Error::other("too many frames that move next to nothing"))?;
        Ok(())
    }

    /// Looked at only when nothing else is left, so that most frames need no clock.
    fn count_time(&mut self, now: Instant) {
        let passed = now.duration_since(self.counted).as_millis() / EVERY.as_millis();
        let passed = u32::try_from(passed).unwrap_or(MOST).min(FREE);
        self.counted = now;
        self.grant(passed);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Frames<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = out.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, out))?;
        let read = out.filled().get(before..).unwrap_or_default();
        let counted = self.count(read);
        if counted.is_err() {
            // A read that fails has read nothing.
            out.set_filled(before);
        }
        Poll::Ready(counted)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Frames<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.allowance.moved(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, pieces))?;
        self.allowance.moved(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// What a client sends with so many frames of a body, each of this size.
    fn body(frames: usize, size: u16) -> Vec<u8> {
        let [high, low] = size.to_be_bytes();
        let head = [0, 0, 1, HEADERS, 4, 0, 0, 0, 1, 0x83];
        let data = [
            &[0, high, low, DATA, 0, 0, 0, 0, 1],
            &*vec![b' '; size.into()],
        ]
        .concat();
        [PREFACE, &head, &data.repeat(frames)].concat()
    }

    async fn is_read(bytes: Vec<u8>) -> bool {
        let mut read = Vec::new();
        let mut frames = Frames::new(&*bytes);
        frames
            .read_to_end(&mut read)
            .await
            .is_ok_and(|_| read == bytes)
    }

    #[tokio::test]
    async fn a_body_may_come_in_pieces_but_not_in_crumbs() {
        assert!(is_read(body(10_000, 256)).await);
        assert!(is_read(body(100, 1)).await);
        assert!(!is_read(body(1_000, 1)).await);
        assert!(!is_read(body(1_000, 0)).await);
    }
}
