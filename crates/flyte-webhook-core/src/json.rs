//! Request bodies, read as Python's `json` module reads them.
//!
//! Clients written against the reference send what Python accepts: `NaN` and
//! `Infinity`, `1e400`, integers of any size, UTF-16, duplicate keys of which
//! the last wins. They also read its error texts and character offsets. No
//! parser crate gives all of these, and a number must arrive exactly as it was
//! sent, so the grammar is implemented here, with bounds on what one body costs.

mod document;
mod encoding;
mod parser;
mod tree;
mod value;

pub use document::{Document, Part};
#[cfg(feature = "messages")]
pub(crate) use value::name_of_non_finite;
pub use value::{Object, Text, Value};

use self::tree::Tree;

/// What one body may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How deep arrays and objects may nest.
    pub depth: usize,
    /// How many values there may be in all.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            elements: 1_000_000,
        }
    }
}

/// The most digits Python converts to an integer.
pub const MAX_DIGITS: usize = 4300;

/// Why a body is not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not JSON; wording and offset are those of Python.
    #[error("{message} (character {offset})")]
    Syntax {
        /// Counted in characters from 0.
        offset: usize,
        message: &'static str,
    },
    /// The bytes are not text in the encoding that they begin in.
    #[error("the body is not valid {encoding}")]
    Unreadable { encoding: &'static str },
    /// An integer has more digits than Python reads.
    #[error("an integer of more than {MAX_DIGITS} digits (character {offset})")]
    NumberTooLong { offset: usize },
    /// Half of a surrogate pair, which is no character and cannot be stored.
    #[error(
        "a lone surrogate in a string (character {offset}); escape characters beyond U+FFFF as a pair"
    )]
    LoneSurrogate { offset: usize },
    /// Nesting beyond [`Limits::depth`].
    #[error("arrays and objects nest more than {limit} deep")]
    TooDeep { limit: usize },
    /// More values than [`Limits::elements`].
    #[error("more than {limit} values")]
    TooLarge { limit: usize },
}

/// Reads one value from the bytes of a body.
pub fn parse(body: &[u8], limits: &Limits) -> Result<Value, Error> {
    let text = encoding::decode(body)?;
    let tree = parser::Parser::<Tree>::new(&text, limits).document()?;
    Ok(tree.whole())
}

#[cfg(test)]
mod tests;
