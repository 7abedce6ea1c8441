//! What can be wrong with an expression at the start.

use super::{FIELDS, LONGEST, MOST_LOOPS};

/// Why a text is no expression. None of these quotes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It is empty.
    #[error("is empty; write an expression such as event.type == \"push\"")]
    Empty,
    /// It is longer than [`LONGEST`].
    #[error("has more than {LONGEST} characters; write a shorter expression")]
    TooLong,
    /// It is no CEL.
    #[error("is no CEL expression: mistake at character {column}; see https://cel.dev")]
    Syntax {
        /// Counted from 1.
        column: usize,
    },
    /// Its parts nest deeper than [`super::DEEPEST`], or its brackets too deep to be read.
    #[error("nests too deep; write a simpler expression")]
    TooDeep,
    /// Its comprehensions nest deeper than [`MOST_LOOPS`].
    #[error("has comprehensions more than {MOST_LOOPS} deep; write a simpler expression")]
    TooManyLoops,
    /// Neither `event` nor `payload`.
    #[error(
        "names a variable that does not exist, at character {column}; there are event and payload"
    )]
    UnknownVariable {
        /// Counted from 1.
        column: usize,
    },
    /// No member of `event`.
    #[error("asks for what event does not have, at character {column}; {}", hint(*nearest))]
    UnknownField {
        /// Counted from 1.
        column: usize,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// No function that may be used here.
    #[error(
        "uses a function that does not exist here, at character {column}; see hooks in the documentation"
    )]
    UnknownFunction {
        /// Counted from 1.
        column: usize,
    },
    /// A pattern that is not written in the expression, or is matched in a loop in a loop.
    #[error(
        "matches a pattern that is no text written in it, or within two comprehensions, at character {column}; write another expression"
    )]
    Pattern {
        /// Counted from 1.
        column: usize,
    },
    /// It cannot have a value, whatever is delivered.
    #[error("has operands of types that do not fit; compare like with like")]
    Types,
    /// It is no condition.
    #[error("is neither true nor false; write a comparison")]
    NoCondition,
    /// It is no key.
    #[error("is no text; write what is one, such as event.delivery_id")]
    NoKey,
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(field) => format!("did you mean event.{field}?"),
        None => format!("it has {}", FIELDS.join(", ")),
    }
}
