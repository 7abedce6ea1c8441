//! Text to a tree of nodes that know their place.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::{
    DuplicateKeyPolicy, Error as YamlError, Location, MergeKeyPolicy, Options, Spanned, budget,
    options,
};

use super::{
    node::{self, Key, Node, Value},
    origin::Origin,
    problem::{Error, Problem},
};

/// A node as the parser gives it.
enum Raw {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

/// Parses one document of `file`.
pub(super) fn parse(file: &Arc<str>, text: &str) -> Result<Node, Problem> {
    let document: Spanned<Raw> = serde_saphyr::from_str_with_options(text, settings())
        .map_err(|error| problem(file, &error))?;
    Ok(Reader { file, text }.node(document))
}

/// Strict where YAML is generous: what is unclear is refused, not guessed.
fn settings() -> Options {
    options! {
        budget: budget! {
            max_depth: 32,
            flow_nesting_limit: 32,
            max_nodes: 20_000,
            max_events: 100_000,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        emit_comments: false,
        // A snippet would print lines around the error, secrets among them.
        with_snippet: false,
    }
}

fn problem(file: &Arc<str>, error: &YamlError) -> Problem {
    let origin = match error.location() {
        Some(at) => position(file, &at),
        None => Origin::File(file.clone()),
    };
    if let YamlError::DuplicateMappingKey { key, .. } = error {
        let key = node::word(key.as_deref().unwrap_or_default());
        let error = Error::Duplicate;
        return Problem { origin, key, error };
    }
    let (key, reason) = (String::new(), reason(error));
    let error = Error::Syntax { reason };
    Problem { origin, key, error }
}

/// The parser's words without the place, which stands in front, and without
/// what it quotes: `!word` is a tag to YAML and may be a password to its writer.
fn reason(error: &YamlError) -> String {
    if let YamlError::AliasError { error, .. } = error {
        return reason(error);
    }
    if let YamlError::Budget { .. } = error {
        return "it is too large, too deep or has a second document".to_owned();
    }
    let text = error.to_string();
    let words = text
        .split_once(" at line ")
        .map_or(text.as_str(), |(words, _)| words);
    let unquoted: String = words.split('`').step_by(2).collect();
    unquoted.trim_end().to_owned()
}

fn position(file: &Arc<str>, location: &Location) -> Origin {
    Origin::Position {
        file: file.clone(),
        line: location.line(),
        column: location.column(),
    }
}

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
}

impl Reader<'_> {
    fn node(&self, raw: Spanned<Raw>) -> Node {
        let value = match raw.value {
            Raw::Null if self.is_blank(&raw.referenced) => Value::Empty,
            Raw::Null => Value::Null,
            Raw::Bool(value) => Value::Bool(value),
            Raw::Integer(value) => Value::Integer(value),
            Raw::Float(value) => Value::Float(value),
            Raw::Text(text) => Value::Text(text),
            Raw::List(items) => Value::List(items.into_iter().map(|it| self.node(it)).collect()),
            Raw::Map(entries) => Value::Map(entries.into_iter().map(|it| self.entry(it)).collect()),
        };
        Node {
            value,
            origin: self.origin(&raw.referenced),
        }
    }

    fn entry(&self, (key, value): (Spanned<String>, Spanned<Raw>)) -> (Key, Node) {
        let origin = self.origin(&key.referenced);
        let name = key.value;
        (Key { name, origin }, self.node(value))
    }

    fn origin(&self, location: &Location) -> Origin {
        position(self.file, location)
    }

    /// Whether a null is the absence of text, and not a written `null` or `~`.
    fn is_blank(&self, location: &Location) -> bool {
        let start = location
            .span()
            .byte_offset()
            .and_then(|it| usize::try_from(it).ok());
        let rest = start.and_then(|start| self.text.get(start..)).unwrap_or("");
        !["null", "Null", "NULL", "~"]
            .iter()
            .any(|word| rest.starts_with(word))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Integer(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
