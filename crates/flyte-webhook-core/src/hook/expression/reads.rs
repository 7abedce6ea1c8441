//! What an expression reads of an event and its payload, so that no more is made of
//! them than that.

use std::collections::BTreeMap;

use super::value::{Operand, map, operand};
use crate::json::Part;

/// The parts of a value that are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Reads {
    /// None.
    #[default]
    Nothing,
    /// Parts of these members, where it is an object.
    Members(BTreeMap<String, Reads>),
    /// All there is.
    Whole,
}

impl Reads {
    /// One more part: the names that lead to it.
    pub(super) fn add(&mut self, path: &[String]) {
        let Some((name, rest)) = path.split_first() else {
            *self = Self::Whole;
            return;
        };
        if *self == Self::Nothing {
            *self = Self::Members(BTreeMap::new());
        }
        if let Self::Members(members) = self {
            members.entry(name.clone()).or_default().add(rest);
        }
    }

    /// Whether anything of the member of this name is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Members(members) => members.contains_key(name),
            Self::Whole => true,
        }
    }

    /// These parts of a value. What is no object, and so has no members, is given whole,
    /// that it is told from one that lacks them.
    pub(super) fn of<'a>(&'a self, part: Part<'a>) -> Operand<'a> {
        match self {
            Self::Members(names) if part.is_object() => {
                let member = |(name, reads): (&'a String, &'a Self)| {
                    let member = part.get(name);
                    let is_there = member.exists();
                    is_there.then(|| (name.as_str(), reads.of(member)))
                };
                map(names.iter().filter_map(member))
            }
            Self::Nothing | Self::Members(_) | Self::Whole => operand(part),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Document, Limits};

    fn reads(paths: &[&[&str]]) -> Reads {
        let mut reads = Reads::default();
        for path in paths {
            let names: Vec<_> = path.iter().map(ToString::to_string).collect();
            reads.add(&names);
        }
        reads
    }

    #[test]
    fn only_what_is_read_is_made() {
        let payload = r#"{"a": {"b": 1, "c": [2]}, "d": [{"e": 3}], "f": null}"#;
        let payload = Document::parse(payload.as_bytes(), &Limits::default()).unwrap();
        let cases: [(&[&[&str]], _); 6] = [
            (&[&["a", "b"]], r#"{"a": {"b": 1}}"#),
            (&[&["a", "b"], &["a", "c"]], r#"{"a": {"b": 1, "c": [2]}}"#),
            (&[&["a", "b"], &["a"]], r#"{"a": {"b": 1, "c": [2]}}"#),
            (
                &[&["d", "e"], &["f", "g"]],
                r#"{"d": [{"e": 3}], "f": null}"#,
            ),
            (&[&["a", "x"], &["x"]], r#"{"a": {}}"#),
            (
                &[&["a", "b"], &[]],
                r#"{"a": {"b": 1, "c": [2]}, "d": [{"e": 3}], "f": null}"#,
            ),
        ];
        for (paths, expected) in cases {
            let expected = Document::parse(expected.as_bytes(), &Limits::default()).unwrap();
            let reads = reads(paths);
            let [made, expected] = [reads.of(payload.root()), operand(expected.root())];
            assert!(made.equals(&*expected), "{paths:?}: {made:?}");
        }
    }
}
