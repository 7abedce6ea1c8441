//! A body in pieces: one buffer that grows would for a moment be there twice.

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

/// The size of a piece.
const PIECE: usize = 16 << 10;

/// A body, and the room in memory that it takes.
#[derive(Default)]
pub struct Text {
    full: Vec<Bytes>,
    last: Vec<u8>,
    length: usize,
    room: Option<OwnedSemaphorePermit>,
}

impl Text {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds bytes. They are copied: what a connection hands out may hold on to
    /// a buffer much larger than itself.
    pub fn push(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len();
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.last.len()));
            self.last.extend_from_slice(now);
            if self.last.len() == PIECE {
                // More of it is likely; growing would leave holes in memory.
                let next = Vec::with_capacity(PIECE);
                self.full
                    .push(std::mem::replace(&mut self.last, next).into());
            }
            bytes = rest;
        }
    }

    /// Holds on to room until the body is gone.
    pub(super) fn keep(&mut self, room: OwnedSemaphorePermit) {
        match &mut self.room {
            Some(taken) => taken.merge(room),
            none => *none = Some(room),
        }
    }

    /// The bytes, piece by piece, with the room that they take.
    pub fn into_pieces(mut self) -> (Vec<Bytes>, Option<OwnedSemaphorePermit>) {
        if !self.last.is_empty() {
            self.full.push(self.last.into());
        }
        (self.full, self.room)
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        let mut text = Self::default();
        text.push(bytes);
        text
    }
}
