//! What can be wrong with a configuration, and where.
//!
//! No text here ever quotes a value: a value may be a secret in the wrong place.

use std::fmt;

use super::origin::Origin;

/// What is wrong with a key or a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot be read: {reason}; give a readable file with --config")]
    Unreadable { reason: String },
    /// The file is beyond any sensible size.
    #[error("is larger than {max} bytes; give a configuration file with --config")]
    TooLarge { max: u64 },
    /// The bytes are not UTF-8.
    #[error("is not UTF-8 text; save it as UTF-8")]
    NotText,
    /// The text is not one YAML document.
    #[error("is not valid YAML: {reason}")]
    Syntax { reason: String },
    /// The document has no keys at all.
    #[error("is empty; write at least one key, or {{}} for none, or leave the file out")]
    NoKeys,
    /// The document is a list or a single value.
    #[error("expected keys with values, such as `name: my-webhook`")]
    NotMapping,
    /// A key stands twice in one mapping, or two variables set one key.
    #[error("is written twice; keep one of them")]
    Duplicate,
    /// Nothing is written after a key.
    #[error("has no value; write one, or remove the key to keep its default")]
    Empty,
    /// No key has this name here.
    #[error("is not a key; {}", advice(nearest.as_deref(), valid))]
    UnknownKey {
        nearest: Option<String>,
        valid: Vec<String>,
    },
    /// A variable that looks like an override and is none.
    #[error("is ignored by that name; write {variable}")]
    AlmostVariable { variable: String },
    /// The value is of another type.
    #[error("expected {expected}, found {found}; {advice}")]
    WrongType {
        expected: &'static str,
        found: &'static str,
        advice: &'static str,
    },
    /// The value is of the right type and still makes no sense.
    #[error("{reason}")]
    Invalid { reason: String },
    /// `${VAR}` without that variable.
    #[error(
        "the variable {variable} is not set; set it, or write ${{{variable}:-default}} to do without"
    )]
    Unset { variable: String },
    /// `${` without a name or without an end.
    #[error("{reason}; write ${{NAME}}, ${{NAME:-default}}, or $${{ for a literal ${{")]
    Placeholder { reason: &'static str },
    /// A required key has no value from any source.
    #[error("is not set; write it in the configuration file or set the variable {variable}")]
    Missing { variable: &'static str },
}

impl Error {
    /// An error of a value's own parser, whose text must not quote the value.
    pub(super) fn invalid(reason: impl fmt::Display) -> Self {
        Self::Invalid {
            reason: reason.to_string(),
        }
    }
}

fn advice(nearest: Option<&str>, valid: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("valid keys here: {}", valid.join(", ")),
    }
}

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the value came from.
    pub origin: Origin,
    /// The key, with dots between levels; empty for a whole source.
    pub key: String,
    /// What is wrong.
    pub error: Error,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        self.error.fmt(f)
    }
}

/// Everything found wrong in one stage of reading, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
