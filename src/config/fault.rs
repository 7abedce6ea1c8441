//! An error on its way up from the value that caused it, gathering its path.

use std::fmt;

use flyte_webhook_core::nearest::nearest;
use serde::de::{self, Expected, Unexpected};

use super::{
    node::{Node, Step, join},
    origin::Origin,
    problem::{Error, Problem},
};

/// A mistake in a value, with the steps from the root as far as they are known.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error}")]
pub(super) struct Fault {
    error: Box<Error>,
    origin: Option<Origin>,
    /// From the value outwards.
    steps: Vec<Step>,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self {
            error: Box::new(error),
            origin: None,
            steps: Vec::new(),
        }
    }
}

impl Fault {
    /// Adds the step that leads here; the innermost place is the place of the mistake.
    pub(super) fn within(mut self, step: Step, origin: &Origin) -> Self {
        self.steps.push(step);
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The steps from the root.
    pub(super) fn path(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().rev()
    }

    /// The same for people to read.
    pub(super) fn into_problem(self, tree: &Node) -> Problem {
        let path: Vec<Step> = self.path().cloned().collect();
        Problem {
            origin: self.origin.unwrap_or_else(|| tree.origin.clone()),
            key: join(&path),
            error: *self.error,
        }
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Error::invalid(reason).into()
    }

    // The given texts of serde for these two would quote the value.
    fn invalid_type(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::invalid(format_args!("has another type; write {expected}")).into()
    }

    fn invalid_value(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Error::invalid(format_args!("is out of range; write {expected}")).into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let hint = nearest(variant, expected.iter().copied());
        let hint = hint.map_or_else(String::new, |word| format!(", did you mean {word}?"));
        let words = expected.join(", ");
        Error::invalid(format_args!(
            "is none of the known words{hint}; write one of: {words}"
        ))
        .into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Error::UnknownKey {
            nearest: nearest(field, expected.iter().copied()).map(str::to_owned),
            valid: expected.iter().map(|&key| key.to_owned()).collect(),
        }
        .into()
    }
}
