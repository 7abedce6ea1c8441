//! What stands between the socket and hyper on HTTP/1 connections.
//!
//! hyper is forgiving where a proxy in front may have been forgiving in another
//! way: that is how requests are smuggled. So every head is judged here before
//! hyper sees a byte of it, and to know where heads start, bodies are followed to
//! their ends. hyper gets the bytes as they came, one head or piece of a body at a
//! time; it never sees what is refused, nor the part of a head that is not whole.
//!
//! In place of a request that is refused hyper gets a stand-in, so that the
//! refusal is answered in its turn, after what came before, and by the same
//! middleware as everything else.

mod body;
mod head;
mod line;
mod refusal;
mod request_line;

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, BytesMut};
use http::{Method, Request};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use self::{body::Body, head::Head};
pub use self::{head::HeadLimits, refusal::Refusal};
use super::{activity::Activity, alarm::Alarm};

/// What hyper gets in place of a request that is refused. A client cannot send
/// it: the asterisk goes with OPTIONS alone.
const STAND_IN: &[u8] = b"GET * HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// How much is read at once.
const PIECE: usize = 8 << 10;

/// How long, and how much, is read on after the last answer: closing with bytes
/// unread resets the connection, and the client may not get to see the answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 << 20;

/// Whether a request is the stand-in of one that is refused.
pub(super) fn is_stand_in<B>(request: &Request<B>) -> bool {
    request.method() == Method::GET && request.uri() == "*"
}

/// A stream that gives nothing but well-formed requests.
pub(super) struct Front<S> {
    stream: S,
    limits: HeadLimits,
    head_timeout: Duration,
    activity: Arc<Activity>,
    /// What has come and was not handed on.
    buffer: BytesMut,
    /// How much of it may be handed on.
    ready: usize,
    state: State,
    /// When the head has to be there.
    deadline: Option<Instant>,
    alarm: Alarm,
}

enum State {
    Head(Head),
    Body(Body),
    /// Only the stand-in is handed on.
    Refused,
    /// All is written; so many bytes more are read for courtesy.
    Lingering(usize),
}

impl<S> Front<S> {
    /// The head of the first request has to be there at the deadline.
    pub(super) fn new(
        stream: S,
        limits: HeadLimits,
        head_timeout: Duration,
        deadline: Instant,
        activity: Arc<Activity>,
    ) -> Self {
        Self {
            stream,
            limits,
            head_timeout,
            activity,
            buffer: BytesMut::new(),
            ready: 0,
            state: State::Head(Head::default()),
            deadline: Some(deadline),
            alarm: Alarm::default(),
        }
    }

    /// Finds out how much more may be handed on.
    fn judge(&mut self) -> io::Result<()> {
        let judged = match &mut self.state {
            State::Head(_) => self.judge_head(),
            State::Body(body) => {
                let ready = body.advance(&self.buffer);
                let is_over = body.is_over();
                ready.map(|ready| {
                    self.ready = ready;
                    if is_over {
                        self.state = State::Head(Head::default());
                    }
                })
            }
            State::Refused | State::Lingering(_) => Ok(()),
        };
        match judged {
            Err(Refusal::Chunk) => {
                // The request is with its handler, which gets to know it so.
                self.activity.refuse(Refusal::Chunk);
                self.state = State::Refused;
                Err(io::Error::new(io::ErrorKind::InvalidData, Refusal::Chunk))
            }
            Err(refusal) => {
                self.refuse(refusal);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn judge_head(&mut self) -> Result<(), Refusal> {
        let State::Head(head) = &mut self.state else {
            return Ok(());
        };
        if !self.activity.is_receiving() {
            // What some clients send after a body, and RFC 9112 section 2.2 lets pass.
            if self.buffer.starts_with(b"\r\n") {
                self.buffer.advance(2);
            }
            if self.buffer.is_empty() {
                return Ok(());
            }
            self.activity.receive();
            let deadline = Instant::now() + self.head_timeout;
            self.deadline.get_or_insert(deadline);
        }
        let Some((length, body)) = head.advance(&self.buffer, &self.limits)? else {
            return Ok(());
        };
        self.ready = length;
        self.deadline = None;
        self.activity.received();
        self.state = if body.is_over() {
            State::Head(Head::default())
        } else {
            State::Body(body)
        };
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.activity.refuse(refusal);
        self.activity.received();
        self.buffer = BytesMut::from(STAND_IN);
        self.ready = STAND_IN.len();
        self.state = State::Refused;
        self.deadline = None;
    }

    fn hand_on(&mut self, out: &mut ReadBuf<'_>) {
        let length = self.ready.min(out.remaining());
        out.put_slice(&self.buffer.split_to(length));
        self.ready -= length;
        if self.buffer.is_empty() {
            // Idle connections are many, and need none.
            self.buffer = BytesMut::new();
        }
    }

    /// Whether the client may have sent what nobody has read.
    fn is_in_the_midst(&self) -> bool {
        !matches!(self.state, State::Head(_)) || !self.buffer.is_empty()
    }
}

impl<S: AsyncRead + Unpin> Front<S> {
    /// Reads more; gives how much it was. By way of the stack: a connection that
    /// waits holds no memory for what may come.
    fn fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut piece = [MaybeUninit::uninit(); PIECE];
        let mut piece = ReadBuf::uninit(&mut piece);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut piece))?;
        self.buffer.extend_from_slice(piece.filled());
        Poll::Ready(Ok(piece.filled().len()))
    }

    /// Whether the head is overdue.
    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let alarm = &mut self.alarm;
        self.deadline
            .is_some_and(|at| alarm.poll(context, at).is_ready())
    }

    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let at = *self.deadline.get_or_insert(Instant::now() + LINGER);
        while let State::Lingering(left) = self.state {
            if self.alarm.poll(context, at).is_ready() {
                break;
            }
            self.buffer.clear();
            match ready!(self.fill(context)) {
                Ok(read) if read > 0 && read < left => self.state = State::Lingering(left - read),
                Ok(_) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Front<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.ready == 0 {
                self.judge()?;
            }
            if self.ready > 0 {
                self.hand_on(out);
                return Poll::Ready(Ok(()));
            }
            // hyper takes an end for the client's, and does not answer it.
            if matches!(self.state, State::Refused) {
                return Poll::Pending;
            }
            match self.fill(context) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if !self.is_late(context) => return Poll::Pending,
                // Who has sent nothing gets no answer.
                Poll::Pending if self.buffer.is_empty() => return Poll::Ready(Ok(())),
                Poll::Pending => self.refuse(Refusal::Slow),
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Front<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.state, State::Lingering(_)) {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            if !self.is_in_the_midst() {
                return Poll::Ready(Ok(()));
            }
            self.deadline = None;
            self.state = State::Lingering(LINGER_BYTES);
        }
        self.poll_linger(context).map(Ok)
    }
}
