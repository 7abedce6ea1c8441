//! What does not fit, where, and what would.

use std::fmt::{self, Write};

use crate::json::Value;

/// All that is wrong with one value, at most [`MAX_ERRORS`].
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
    input: Option<Value>,
}

impl Error {
    pub(super) fn new(reason: Reason) -> Self {
        let (loc, input) = (Vec::new(), None);
        Self { loc, reason, input }
    }

    /// An error about a caller's value, repeating it if it is short.
    pub(super) fn about(reason: Reason, value: &Value) -> Self {
        let mut left = ECHO;
        let input = fits(value, &mut left).then(|| value.clone());
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

    /// The error's `type` in FastAPI's answers.
    pub fn kind(&self) -> &'static str {
        self.reason.kind()
    }

    /// The error's `msg` in FastAPI's answers.
    pub fn message(&self) -> String {
        self.reason.to_string()
    }

    /// The value that does not fit, unless it is long.
    pub fn input(&self) -> Option<&Value> {
        self.input.as_ref()
    }

    /// The error's `ctx` in FastAPI's answers.
    pub fn ctx(&self) -> Option<serde_json::Value> {
        let (name, value) = match &self.reason {
            Reason::Enum { expected } => ("expected", expected),
            Reason::Union { expected } => ("expected", expected),
            Reason::Ambiguous { candidates } => ("candidates", candidates),
            _ => return None,
        };
        Some(serde_json::json!({ name: value }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loc.is_empty() {
            true => self.reason.fmt(f),
            false => write!(f, "{}: {}", self.pointer(), self.reason),
        }
    }
}

impl std::error::Error for Error {}

/// Whether a value takes at most `left` bytes, roughly, without walking all of a long one.
fn fits(value: &Value, left: &mut usize) -> bool {
    let own = match value {
        Value::BigInt(text) | Value::String(text) => text.len() + 2,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 4,
        Value::Array(_) | Value::Object(_) => 2,
    };
    let Some(rest) = left.checked_sub(own) else {
        return false;
    };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, left)),
        Value::Object(members) => members.iter().all(|(key, value)| {
            let rest = left.checked_sub(key.len() + 4);
            rest.is_some_and(|rest| {
                *left = rest;
                fits(value, left)
            })
        }),
        _ => true,
    }
}

/// What is wrong with a value, in the words of pydantic where it has some.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Reason {
    #[error("Field required")]
    Missing,
    #[error("Extra inputs are not permitted{}", hint(nearest.as_deref()))]
    Extra { nearest: Option<String> },
    #[error("Input should be a valid integer")]
    Integer,
    #[error("Input should be a valid integer, unable to parse string as an integer")]
    IntegerText,
    #[error("Input should be a valid integer, got a number with a fractional part")]
    IntegerFraction,
    #[error("Input should be an integer from {min} to {max}")]
    IntegerRange {
        min: &'static str,
        max: &'static str,
    },
    #[error("Input should be a valid number")]
    Number,
    #[error("Input should be a valid number, unable to parse string as a number")]
    NumberText,
    #[error("Input should be a finite number within the range of a double")]
    NumberRange,
    #[error("Input should be a valid string")]
    String,
    #[error("Input should be a valid boolean")]
    Boolean,
    #[error("Input should be a valid boolean, unable to interpret input")]
    BooleanText,
    #[error("Input should be null")]
    Null,
    #[error("Input should be a valid list")]
    List,
    #[error("Input should be a list of {length} items")]
    Length { length: usize },
    #[error("Input should be a valid dictionary")]
    Dict,
    #[error("Keys should be integers")]
    IntegerKey,
    #[error("Input should be {expected}")]
    Enum { expected: String },
    #[error("Input should be a date and time as an ISO 8601 string such as 2024-01-02T03:04:05Z")]
    DatetimeType,
    #[error(
        "Input should be a valid ISO 8601 date and time such as 2024-01-02T03:04:05Z, in the years 1 to 9999"
    )]
    Datetime,
    #[error(
        "Input should be a duration: a number of seconds or an ISO 8601 string such as PT1M30S"
    )]
    DurationType,
    #[error(
        "Input should be a duration: a number of seconds or an ISO 8601 string such as PT1M30S, without months and years"
    )]
    Duration,
    #[error("Input should be a URI as a string, or an object with 'uri' or 'path'")]
    Uri,
    #[error("Input should be {expected}")]
    Union { expected: String },
    #[error(
        "Input fits more than one of the possible types: {candidates}; send a value that fits one of them only"
    )]
    Ambiguous { candidates: String },
    #[error(
        "A value of this type is pickled by the Python SDK and cannot be given as JSON; give the task's parameter a type such as str, int, list[...], dict or a dataclass"
    )]
    Pickled,
    #[error("A value of the type {name} cannot be given as JSON")]
    Unsupported { name: &'static str },
    #[error("The schema in the task's interface refers to {name:?}, which it does not define")]
    Schema { name: String },
    #[error("Values nest too deep")]
    TooDeep,
    #[error("The value is too large to convert")]
    TooLarge,
    #[error("The value is not a valid {expected}")]
    Mismatch { expected: &'static str },
    #[error("The stored bytes are not valid MessagePack")]
    Msgpack,
    #[error("The literal has no value")]
    Empty,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean {name:?}?"))
}

impl Reason {
    fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra { .. } => "extra_forbidden",
            Self::Integer => "int_type",
            Self::IntegerText => "int_parsing",
            Self::IntegerFraction => "int_from_float",
            Self::IntegerRange { .. } => "int_parsing_size",
            Self::Number => "float_type",
            Self::NumberText => "float_parsing",
            Self::NumberRange => "finite_number",
            Self::String => "string_type",
            Self::Boolean => "bool_type",
            Self::BooleanText => "bool_parsing",
            Self::Null => "none_required",
            Self::List => "list_type",
            Self::Length { .. } => "list_length",
            Self::Dict => "dict_type",
            Self::IntegerKey => "int_parsing",
            Self::Enum { .. } => "enum",
            Self::DatetimeType => "datetime_type",
            Self::Datetime => "datetime_parsing",
            Self::DurationType => "time_delta_type",
            Self::Duration => "time_delta_parsing",
            Self::Uri => "uri_type",
            Self::Union { .. } => "union_type",
            Self::Ambiguous { .. } => "union_ambiguous",
            Self::Pickled | Self::Unsupported { .. } => "unsupported_type",
            Self::Schema { .. } => "schema_invalid",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::Mismatch { .. } | Self::Msgpack | Self::Empty => "literal_invalid",
        }
    }

    /// Whether going on would only meet the same end again.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::TooLarge)
    }
}

/// Joins words as pydantic does: `'a', 'b' or 'c'`.
pub(super) fn alternatives<T: fmt::Display>(items: &[T]) -> String {
    // A list from a hostile interface must not become a huge answer.
    const SHOWN: usize = 20;
    let mut text = String::new();
    for (index, item) in items.iter().take(SHOWN).enumerate() {
        let last = index + 1 == items.len();
        let joint = if index == 0 {
            ""
        } else if last {
            " or "
        } else {
            ", "
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{joint}{item}");
    }
    if items.len() > SHOWN {
        text += ", …";
    }
    text
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
