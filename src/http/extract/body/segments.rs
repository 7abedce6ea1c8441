//! A body that grows without being copied: one that doubles in place leaves holes
//! behind that nothing else fits into, and many at once take twice their size.

use bytes::{Bytes, BytesMut};

/// Small enough that what one body gives back fits the next.
const SEGMENT: usize = 64 << 10;

/// The bytes of a body so far.
#[derive(Debug, Default)]
pub(super) struct Segments {
    full: Vec<BytesMut>,
    last: BytesMut,
}

impl Segments {
    pub(super) fn len(&self) -> usize {
        self.full.len() * SEGMENT + self.last.len()
    }

    pub(super) fn extend(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (SEGMENT - self.last.len()).min(bytes.len());
            let (fitting, rest) = bytes.split_at(room);
            self.last.extend_from_slice(fitting);
            bytes = rest;
            if self.last.len() == SEGMENT {
                let next = BytesMut::with_capacity(SEGMENT);
                self.full.push(std::mem::replace(&mut self.last, next));
            }
        }
    }

    /// All of it in one piece. Nobody waits between this and the end of its use,
    /// so that few bodies are whole at a time.
    pub(super) fn into_bytes(self) -> Bytes {
        if self.full.is_empty() {
            return self.last.freeze();
        }
        let mut whole = BytesMut::with_capacity(self.len());
        for segment in self.full {
            whole.extend_from_slice(&segment);
        }
        whole.extend_from_slice(&self.last);
        whole.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_same_however_it_came() {
        let whole: Vec<u8> = (0..=u8::MAX).cycle().take(3 * SEGMENT + 5).collect();
        for piece in [1000, SEGMENT - 1, SEGMENT, SEGMENT + 1, 4 * SEGMENT] {
            for length in [0, 1, SEGMENT, whole.len()] {
                let mut segments = Segments::default();
                whole[..length]
                    .chunks(piece)
                    .for_each(|it| segments.extend(it));
                assert_eq!(segments.len(), length);
                assert_eq!(segments.into_bytes(), whole[..length]);
            }
        }
    }
}
