//! One run for one key: what the name of a run is derived from, and what tells
//! a repetition from another request under the same key.
//!
//! No store is needed. Every replica derives the same name, and the control
//! plane keeps one run of a name.

use std::fmt;

use data_encoding::BASE32_NOPAD;

use crate::{id::RunName, parts::sha256};

/// The longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// Who sends keys. Those of one are none of another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A caller by a name that stays when the credential is renewed.
    Subject(String),
    /// A caller with an API key of Flyte, by the client that it is of.
    ApiKey(String),
    /// A caller with a local key, by the key's id.
    LocalKey(String),
    /// A hook, by its name.
    Hook(String),
    /// A caller of whom only the credential is known, by its hash.
    Credential([u8; 32]),
}

/// A key that a caller made up for one request and its repetitions: the header
/// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing in it.
    #[error("is empty; make up a key for this request, such as a UUID")]
    Empty,
    /// It is too long.
    #[error("has more than {LONGEST_KEY} characters; a UUID will do")]
    TooLong,
    /// It holds something else than visible ASCII and spaces, or a quote is open.
    #[error("is no text in quotes, nor one of visible ASCII characters; a UUID will do")]
    Malformed,
}

impl Key {
    /// What tells one delivery from another; whatever text there is.
    pub fn of_delivery(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Reads the header: a string of RFC 9651, or, since many clients leave the
    /// quotes out, the same without them.
    ///
    /// # Errors
    ///
    /// Where it is empty, too long, or neither.
    pub fn parse(header: &str) -> Result<Self, Error> {
        let text = header.trim_matches([' ', '\t']);
        let key = match text.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or(Error::Malformed)?,
            None => text.to_owned(),
        };
        if key.is_empty() {
            return Err(Error::Empty);
        }
        if key.len() > LONGEST_KEY {
            return Err(Error::TooLong);
        }
        if !key.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Error::Malformed);
        }
        Ok(Self(key))
    }
}

/// What follows an opening quote, up to the closing one at the end.
fn unquoted(text: &str) -> Option<String> {
    let mut key = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => key.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            character => key.push(character),
        }
    }
}

/// All that a run's name is derived from, but for the attempt.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who asks.
    pub origin: Origin,
    /// What is asked for: the name of an endpoint.
    pub route: &'static str,
    /// What it is to be a run of: a task or a trigger, with where it is.
    pub task: String,
    /// The key.
    pub key: Key,
}

impl Identity {
    /// The name of a run: of the first attempt, which is 0, or of a later one.
    pub fn run_name(&self, attempt: u32) -> RunName {
        let (kind, origin) = match &self.origin {
            Origin::Subject(subject) => ("subject", subject.as_bytes()),
            Origin::ApiKey(client) => ("api_key", client.as_bytes()),
            Origin::LocalKey(id) => ("local_key", id.as_bytes()),
            Origin::Hook(name) => ("hook", name.as_bytes()),
            Origin::Credential(hash) => ("credential", hash.as_slice()),
        };
        RunName::derive([
            kind.as_bytes(),
            origin,
            self.route.as_bytes(),
            self.task.as_bytes(),
            self.key.0.as_bytes(),
            &attempt.to_be_bytes(),
        ])
    }
}

/// The digest of a request, in the form of a run's label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The label of a run that holds the digest of the request it was started by.
    pub const LABEL: &'static str = "idempotency-digest";

    /// The digest of these parts.
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        Self(BASE32_NOPAD.encode(&sha256(parts)).to_ascii_lowercase())
    }

    /// As it stands in the label: 52 characters that any label may hold.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(origin: Origin, route: &'static str, task: &str, key: &str) -> Identity {
        Identity {
            origin,
            route,
            task: task.to_owned(),
            key: Key::parse(key).unwrap(),
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(256);
        let cases = [
            ("", Error::Empty),
            (" \t", Error::Empty),
            ("\"\"", Error::Empty),
            (long.as_str(), Error::TooLong),
            ("\"open", Error::Malformed),
            ("\"", Error::Malformed),
            ("\"a\"b", Error::Malformed),
            ("\"a\" ; p=1", Error::Malformed),
            ("\"a\\x\"", Error::Malformed),
            ("a\tb", Error::Malformed),
            ("schlüssel", Error::Malformed),
        ];
        for (text, error) in cases {
            assert_eq!(Key::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn quotes_are_no_part_of_a_key() {
        assert_eq!(Key::parse(" \"a b\" "), Key::parse("a b"));
        assert_eq!(Key::parse("\"a\\\"\\\\\"").unwrap().0, "a\"\\");
        assert_eq!(Key::parse(&"k".repeat(255)).unwrap().0.len(), 255);
    }

    #[test]
    fn the_formula_stays_what_it_is() {
        // Changing it would start a second run for a key that was used before.
        let subject = || Origin::Subject("ada".to_owned());
        let name = identity(subject(), "run_task", "d/p/t", "key").run_name(0);
        assert_eq!(name.as_str(), "wwyp2x6otftlccp2p5wwqmzabo");
        assert_eq!(
            Digest::of(["a", "b"]).as_str(),
            "hsovsecfxsehn6oqhgn37mc4njasbfxja33te6hzqqdm2xokq3pq"
        );
    }

    #[test]
    fn whatever_differs_gives_another_name() {
        let ada = || Origin::Subject("ada".to_owned());
        let names = [
            identity(ada(), "run_task", "d/p/t", "key").run_name(0),
            identity(ada(), "run_task", "d/p/t", "key").run_name(1),
            identity(ada(), "run_task", "d/p/t", "yek").run_name(0),
            identity(ada(), "run_task", "d/p/u", "key").run_name(0),
            identity(ada(), "run_trigger", "d/p/t", "key").run_name(0),
            identity(
                Origin::Subject("eve".to_owned()),
                "run_task",
                "d/p/t",
                "key",
            )
            .run_name(0),
            identity(Origin::Credential([0; 32]), "run_task", "d/p/t", "key").run_name(0),
            identity(Origin::Subject("\0".repeat(32)), "run_task", "d/p/t", "key").run_name(0),
        ];
        for (index, name) in names.iter().enumerate() {
            assert!(!names[index + 1..].contains(name), "{index}");
        }
    }
}
