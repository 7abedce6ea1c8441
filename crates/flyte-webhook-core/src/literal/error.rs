//! What does not fit, where, and what would.

mod reason;

use std::fmt;

pub use reason::Reason;
pub(super) use reason::alternatives;

use serde_json::json;

use crate::json::Value;

/// All that is wrong with one value, at most a hundred errors.
pub type Errors = Vec<Error>;

/// Where collecting errors stops.
pub(super) const MAX_ERRORS: usize = 100;

/// The most of a caller's value, or of a key, that an error repeats.
const ECHO: usize = 256;

/// One step from the whole to a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    Index(usize),
}

impl Segment {
    /// A member; of a very long name only the beginning is kept.
    pub(super) fn key(name: &str) -> Self {
        match name.char_indices().nth(ECHO) {
            Some((end, _)) => Self::Key(format!("{}…", name.get(..end).unwrap_or_default())),
            None => Self::Key(name.to_owned()),
        }
    }
}

/// A value that does not fit its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    loc: Vec<Segment>,
    reason: Reason,
    input: Option<Box<Value>>,
}

impl Error {
    pub(super) fn new(reason: Reason) -> Self {
        let (loc, input) = (Vec::new(), None);
        Self { loc, reason, input }
    }

    /// An error about a caller's value, repeating it if it is short.
    pub(super) fn about(reason: Reason, value: &Value) -> Self {
        let mut left = ECHO;
        let input = fits(value, &mut left).then(|| Box::new(value.clone()));
        Self {
            input,
            ..Self::new(reason)
        }
    }

    /// The same error, seen from the value around.
    pub(super) fn within(mut self, segment: Segment) -> Self {
        self.loc.insert(0, segment);
        self
    }

    /// The way from the body to the value.
    pub fn loc(&self) -> &[Segment] {
        &self.loc
    }

    /// The way to the value as a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.loc {
            pointer.push('/');
            match segment {
                Segment::Key(key) => pointer += &key.replace('~', "~0").replace('/', "~1"),
                Segment::Index(index) => pointer += &index.to_string(),
            }
        }
        pointer
    }

    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The error's `type` in `FastAPI`'s answers.
    pub fn kind(&self) -> &'static str {
        self.reason.kind()
    }

    /// The error's `msg` in `FastAPI`'s answers.
    pub fn message(&self) -> String {
        self.reason.to_string()
    }

    /// The value that does not fit, unless it is long.
    pub fn input(&self) -> Option<&Value> {
        self.input.as_deref()
    }

    /// The error's `ctx` in `FastAPI`'s answers.
    pub fn ctx(&self) -> Option<serde_json::Value> {
        if let Reason::Enum { expected } | Reason::Union { expected } = &self.reason {
            Some(json!({ "expected": expected }))
        } else if let Reason::Ambiguous { candidates } = &self.reason {
            Some(json!({ "candidates": candidates }))
        } else {
            None
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.loc.is_empty() {
            return self.reason.fmt(f);
        }
        write!(f, "{}: {}", self.pointer(), self.reason)
    }
}

impl std::error::Error for Error {}

/// Whether a value takes at most `left` bytes, roughly, without walking all of a long one.
fn fits(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::BigInt(text) | Value::String(text) => text.len() + 2,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 4,
        Value::Array(items) => {
            return spend(left, 2) && items.iter().all(|item| fits(item, left));
        }
        Value::Object(members) => {
            let mut members = members.iter();
            return spend(left, 2)
                && members.all(|(key, value)| spend(left, key.len() + 4) && fits(value, left));
        }
    };
    spend(left, own)
}

fn spend(left: &mut usize, cost: usize) -> bool {
    let rest = left.checked_sub(cost);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

/// Collects values, or what is wrong with all of them.
pub(super) fn gather<T>(
    results: impl Iterator<Item = Result<T, Errors>>,
) -> Result<Vec<T>, Errors> {
    let mut values = Vec::new();
    let mut errors = Errors::new();
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(more) => errors.extend(more),
        }
        if let Some(fatal) = errors.pop_if(|error| error.reason.is_fatal()) {
            return Err(vec![fatal]);
        }
        if errors.len() >= MAX_ERRORS {
            break;
        }
    }
    errors.truncate(MAX_ERRORS);
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

/// One error about a caller's value.
pub(super) fn refuse<T>(reason: Reason, value: &Value) -> Result<T, Errors> {
    Err(vec![Error::about(reason, value)])
}

/// The errors of a part, seen from the whole.
pub(super) fn within(errors: Errors, segment: &Segment) -> Errors {
    let step = |error: Error| error.within(segment.clone());
    errors.into_iter().map(step).collect()
}
