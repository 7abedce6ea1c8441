//! A body that is made piece by piece while it is sent: written out at once,
//! text could take six times the memory that it takes as it came.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{BufMut, Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::form::{Form, MARK};

const BEFORE: &[u8] = b"{\"response\":\"";
const AFTER: &[u8] = b"\"}";

/// What is still to be sent, and the room that it takes.
pub(super) struct Pieces {
    rest: std::vec::IntoIter<Bytes>,
    writer: Writer,
    left: u64,
    _room: Option<OwnedSemaphorePermit>,
}

impl Pieces {
    pub(super) fn new(form: Form, pieces: Vec<Bytes>, room: Option<OwnedSemaphorePermit>) -> Self {
        // The length is told before, so all of it is made twice.
        let mut dry = Writer::new(form);
        let length = |piece: Bytes| piece.len() as u64;
        let inner: u64 = pieces.iter().map(|piece| length(dry.write(piece))).sum();
        Self {
            rest: pieces.into_iter(),
            writer: Writer::new(form),
            left: inner + length(dry.finish()),
            _room: room,
        }
    }

    fn next(&mut self) -> Option<Bytes> {
        let piece = match self.rest.next() {
            Some(piece) => self.writer.write(&piece),
            None => self.writer.finish(),
        };
        self.left -= piece.len() as u64;
        (self.left > 0 || !piece.is_empty()).then_some(piece)
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Writes pieces in their form.
struct Writer {
    form: Form,
    names: Names,
    is_first: bool,
    is_done: bool,
}

impl Writer {
    fn new(form: Form) -> Self {
        Self {
            form,
            names: Names::default(),
            is_first: true,
            is_done: false,
        }
    }

    fn write(&mut self, piece: &Bytes) -> Bytes {
        let is_first = std::mem::take(&mut self.is_first);
        match self.form {
            Form::Json => piece.clone(),
            Form::Python => self.names.replace(piece),
            Form::Text => {
                let before = if is_first { BEFORE } else { b"" };
                escaped(before, piece)
            }
        }
    }

    /// What comes after the last piece, once.
    fn finish(&mut self) -> Bytes {
        if std::mem::replace(&mut self.is_done, true) {
            return Bytes::new();
        }
        match self.form {
            Form::Json => Bytes::new(),
            Form::Python => self.names.finish(),
            Form::Text if self.is_first => [BEFORE, AFTER].concat().into(),
            Form::Text => Bytes::from_static(AFTER),
        }
    }
}

/// The inside of a JSON string.
fn escaped(before: &[u8], piece: &[u8]) -> Bytes {
    let mut text = BytesMut::with_capacity(before.len() + piece.len());
    text.put_slice(before);
    for &byte in piece {
        let letter = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..0x20 => {
                text.put_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
            _ => {
                text.put_u8(byte);
                continue;
            }
        };
        text.put_slice(&[b'\\', letter]);
    }
    text.freeze()
}

/// The longest word that is a number for Python.
const LONGEST_WORD: usize = "-Infinity".len();

/// Puts `NaN` and infinities in quotes, outside of strings.
#[derive(Default)]
pub(super) struct Names {
    has_begun: bool,
    in_string: bool,
    is_escape: bool,
    /// A word that may go on.
    word: Vec<u8>,
}

impl Names {
    /// The same piece with names, but for a word at its end, which comes before
    /// the next.
    pub(super) fn replace(&mut self, piece: &[u8]) -> Bytes {
        let mut text = BytesMut::with_capacity(piece.len());
        let mut piece = piece;
        if !std::mem::replace(&mut self.has_begun, true) {
            piece = piece.strip_prefix(MARK).unwrap_or(piece);
        }
        for &byte in piece {
            let goes_on = byte.is_ascii_alphabetic() || byte == b'-' && self.word.is_empty();
            if !self.in_string && goes_on && self.word.len() < LONGEST_WORD {
                self.word.push(byte);
                continue;
            }
            text.put(self.finish());
            match byte {
                _ if self.is_escape => self.is_escape = false,
                b'\\' => self.is_escape = self.in_string,
                b'"' => self.in_string = !self.in_string,
                _ => {}
            }
            text.put_u8(byte);
        }
        text.freeze()
    }

    /// The word that has not come yet.
    pub(super) fn finish(&mut self) -> Bytes {
        let word = std::mem::take(&mut self.word);
        match word.as_slice() {
            b"NaN" | b"Infinity" | b"-Infinity" => [b"\"", &*word, b"\""].concat().into(),
            _ => word.into(),
        }
    }
}
