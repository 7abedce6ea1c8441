//! What an app's answer is: JSON, what only Python takes for JSON, or other text.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use serde::de::IgnoredAny;

use super::pieces::Names;

/// How a body becomes JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It is.
    Json,
    /// It is but for `NaN` and infinities, which become names.
    Python,
    /// It becomes a member.
    Text,
}

/// The mark that some put before UTF-8, which is no part of the text.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

impl Form {
    /// `None` where the pieces are not UTF-8.
    pub(super) fn of(pieces: &[Bytes]) -> Option<Self> {
        if !is_utf8(pieces) {
            return None;
        }
        if is_json(pieces.iter().cloned()) {
            return Some(Self::Json);
        }
        let mut names = Names::default();
        // A word at the end is not yet there; a space ends it.
        let end = Bytes::from_static(b" ");
        let ended = pieces.iter().chain([&end]);
        let is_python = is_json(ended.map(|piece| names.replace(piece)));
        Some(if is_python { Self::Python } else { Self::Text })
    }
}

/// A character may begin in one piece and end in the next.
fn is_utf8(pieces: &[Bytes]) -> bool {
    let mut cut = Vec::new();
    for piece in pieces {
        cut.extend_from_slice(piece);
        let whole = match std::str::from_utf8(&cut) {
            Ok(_) => cut.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return false,
        };
        cut.drain(..whole);
    }
    cut.is_empty()
}

fn is_json(pieces: impl Iterator<Item = Bytes>) -> bool {
    let reader = Pieces {
        pieces,
        current: Bytes::new(),
    };
    let mut json = serde_json::Deserializer::from_reader(reader);
    serde::Deserialize::deserialize(&mut json)
        .and_then(|IgnoredAny| json.end())
        .is_ok()
}

/// Reads pieces one after the other.
struct Pieces<I> {
    pieces: I,
    current: Bytes,
}

impl<I: Iterator<Item = Bytes>> Read for Pieces<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            let Some(next) = self.pieces.next() else {
                return Ok(0);
            };
            self.current = next;
        }
        let count = self.current.as_ref().read(buffer)?;
        self.current.advance(count);
        Ok(count)
    }
}
