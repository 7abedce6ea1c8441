//! The reasons, and their words.

use std::fmt::{self, Write};

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
    #[error("The value or its type is too large to convert")]
    TooLarge,
    #[error("The value is not a valid {expected}")]
    Mismatch { expected: &'static str },
    #[error("The stored bytes are not valid MessagePack")]
    Msgpack,
    #[error("The literal has no value")]
    Empty,
    #[error("The literal is kept in a store that this server does not read")]
    Offloaded,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean {name:?}?"))
}

impl Reason {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra { .. } => "extra_forbidden",
            Self::Integer => "int_type",
            Self::IntegerText | Self::IntegerKey => "int_parsing",
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
            Self::Mismatch { .. } | Self::Msgpack | Self::Empty | Self::Offloaded => {
                "literal_invalid"
            }
        }
    }

    /// Whether going on would only meet the same end again.
    pub(in crate::literal) fn is_fatal(&self) -> bool {
        matches!(self, Self::TooLarge)
    }
}

/// Joins words as pydantic does: `'a', 'b' or 'c'`.
pub(in crate::literal) fn alternatives<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    // A list from a hostile interface must not become a huge answer.
    const SHOWN: usize = 20;
    let mut items = items.enumerate().peekable();
    let mut text = Short(String::new());
    while let Some((index, item)) = items.next() {
        if index == SHOWN {
            return text.0 + ", …";
        }
        let joint = match (index, items.peek()) {
            (0, _) => "",
            (_, None) => " or ",
            (_, Some(_)) => ", ",
        };
        if write!(text, "{joint}{item}").is_err() {
            return text.0 + "…";
        }
    }
    text.0
}

/// A text that ends the formatting of more than it takes.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        const LONGEST: usize = 2048;
        let room = more.floor_char_boundary(LONGEST - self.0.len());
        self.0.extend(more.get(..room));
        if room < more.len() {
            Err(fmt::Error)
        } else {
            Ok(())
        }
    }
}
