//! A log whose records are chained by hashes, so that a change of one is found.
//!
//! A record is a line of JSON that begins with `seq`, `chain`, `prev` and
//! `event` and ends with `hash`: the SHA-256 of all bytes of the line before
//! `,"hash":`. `prev` is the `hash` of the line before, in the same file or in
//! the one that it goes on from. Bytes are hashed, not values: there is no
//! second spelling of a record that would pass for it.

mod verify;

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use verify::{Fault, Summary, Verifier, Wrong};

/// What stands between a record and its hash.
const SEAM: &str = ",\"hash\":\"";

/// The SHA-256 of a line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands before the first record of all.
    pub const NOTHING: Self = Self([0; 32]);

    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no SHA-256 of 64 hexadecimal digits")]
pub struct NoHash;

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(NoHash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Words that mean something to whoever checks a chain; all others are records
/// of what happened.
pub mod event {
    /// The first record of a chain.
    pub const START: &str = "start";
    /// The first record of a chain in another file.
    pub const ROTATE: &str = "rotate";
    /// The last record of a chain.
    pub const END: &str = "end";
}

/// The end of a chain, to which records are added.
#[derive(Debug, Clone)]
pub struct Chain {
    id: String,
    next: u64,
    head: Hash,
}

#[derive(Serialize)]
struct Sealed<'a, T> {
    seq: u64,
    chain: &'a str,
    prev: String,
    event: &'a str,
    #[serde(flatten)]
    record: &'a T,
}

impl Chain {
    /// A chain whose id nobody else has, after a record of another one or
    /// [`Hash::NOTHING`].
    pub fn new(id: [u8; 16], after: Hash) -> Self {
        Self {
            id: HEXLOWER.encode(&id),
            next: 0,
            head: after,
        }
    }

    /// What it is called.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hash of its last record.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// How many records it has.
    pub fn length(&self) -> u64 {
        self.next
    }

    /// Adds a record; gives its line, which ends with a new line. The record has
    /// to be a struct or a map without members of the names above.
    pub fn seal<T: Serialize>(&mut self, event: &str, record: &T) -> String {
        let sealed = Sealed {
            seq: self.next,
            chain: &self.id,
            prev: self.head.to_string(),
            event,
            record,
        };
        let mut line = serde_json::to_string(&sealed).expect("a record is a JSON object");
        line.pop();
        self.head = Hash::of(line.as_bytes());
        self.next += 1;
        line.push_str(SEAM);
        line.push_str(&self.head.to_string());
        line.push_str("\"}\n");
        line
    }
}

/// The hash that a line has, where it is a whole record.
pub fn head_of(line: &[u8]) -> Option<Hash> {
    verify::Line::parse(line)
        .filter(verify::Line::is_unchanged)
        .map(|line| line.hash)
}

#[cfg(test)]
mod tests;
