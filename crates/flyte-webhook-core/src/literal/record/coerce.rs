//! Scalars of a struct: exact for dataclasses, as pydantic coerces them for its models.

use std::fmt;

use rmpv::Value as Packed;

use crate::{
    json::Value,
    literal::{
        error::{Reason, alternatives},
        msgpack,
        scalar::whole_number,
        schema::{Style, whole},
        time,
        walk::Walk,
    },
};

const RANGE: Reason = Reason::IntegerRange {
    min: "-9223372036854775808",
    max: "18446744073709551615",
};

pub(super) fn boolean(value: &Value, style: Style) -> Result<Packed, Reason> {
    match (value, style) {
        (Value::Bool(value), _) => Ok(Packed::from(*value)),
        (_, Style::Dataclass) => Err(Reason::Boolean),
        (Value::Int(0), _) => Ok(Packed::from(false)),
        (Value::Int(1), _) => Ok(Packed::from(true)),
        (Value::Float(number), _) => match whole(*number) {
            Some(0) => Ok(Packed::from(false)),
            Some(1) => Ok(Packed::from(true)),
            _ => Err(Reason::BooleanText),
        },
        (Value::String(text), _) => boolean_word(text)
            .map(Packed::from)
            .ok_or(Reason::BooleanText),
        (Value::Int(_), _) => Err(Reason::BooleanText),
        _ => Err(Reason::Boolean),
    }
}

fn boolean_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn integer(value: &Value, style: Style) -> Result<Packed, Reason> {
    match (value, style) {
        (Value::Int(number), _) => Ok(Packed::from(*number)),
        (Value::BigInt(digits), _) => unsigned(digits),
        (_, Style::Dataclass) => Err(Reason::Integer),
        (Value::Bool(value), _) => Ok(Packed::from(u8::from(*value))),
        (Value::Float(number), _) if number.is_finite() => whole(*number)
            .map(Packed::from)
            .ok_or(Reason::IntegerFraction),
        (Value::Float(_), _) => Err(Reason::NumberRange),
        (Value::String(text), _) => integer_text(text),
        _ => Err(Reason::Integer),
    }
}

/// The integers beyond 64 bits with sign that `MessagePack` has.
pub(in crate::literal) fn unsigned(digits: &str) -> Result<Packed, Reason> {
    let Ok(number) = digits.parse::<u64>() else {
        return Err(RANGE);
    };
    Ok(Packed::from(number))
}

/// An integer as Python writes one: `7`, `+7`, ` 7 `, `1_000`, `7.0`.
fn integer_text(text: &str) -> Result<Packed, Reason> {
    let trimmed = text.trim();
    let (integer, fraction) = trimmed.split_once('.').unwrap_or((trimmed, "0"));
    let zeros = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    let unsigned_text = integer.strip_prefix(['+', '-']).unwrap_or(integer);
    let mut groups = unsigned_text.split('_');
    let plain = groups.all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    if !zeros || !plain {
        return Err(Reason::IntegerText);
    }
    let digits = integer.replace('_', "");
    match digits.parse::<i64>() {
        Ok(number) => Ok(Packed::from(number)),
        Err(_) => unsigned(digits.trim_start_matches('+')),
    }
}

/// A number; a duration in seconds may be given in either way.
pub(super) fn number(
    value: &Value,
    style: Style,
    duration: bool,
    walk: Walk<'_>,
) -> Result<Packed, Reason> {
    match (value, style) {
        (Value::Float(number), Style::Dataclass) => Ok(Packed::F64(*number)),
        (_, Style::Dataclass) if walk.strict => Err(Reason::Number),
        (_, Style::Dataclass) if duration => {
            let duration = time::duration(value)?;
            let seconds = time::seconds_of((duration.as_secs(), duration.subsec_nanos()));
            Ok(Packed::F64(seconds))
        }
        (Value::Float(number), Style::Pydantic) => Ok(finite(*number)),
        (Value::Bool(value), Style::Pydantic) => Ok(Packed::F64(f64::from(u8::from(*value)))),
        (Value::String(text), Style::Pydantic) => {
            let number: Result<f64, _> = text.trim().replace('_', "").parse();
            number.map(finite).or(Err(Reason::NumberText))
        }
        _ => whole_number(value).map(Packed::F64),
    }
}

/// Pydantic stores what JSON cannot say as null.
pub(in crate::literal) fn finite(number: f64) -> Packed {
    if number.is_finite() {
        Packed::F64(number)
    } else {
        Packed::Nil
    }
}

/// A text; an ISO 8601 duration may be given as seconds.
pub(super) fn string(value: &Value, duration: bool, walk: Walk<'_>) -> Result<Packed, Reason> {
    match value.as_str() {
        Some(text) => msgpack::text(text, walk),
        None if duration && !walk.strict => Ok(Packed::from(time::duration(value)?.to_string())),
        None => Err(Reason::String),
    }
}

/// Any text, since the names of an enum need not be the words it is stored by; or a declared value.
pub(super) fn member(value: &Value, values: &[Value], walk: Walk<'_>) -> Result<Packed, Reason> {
    if let Some(text) = value.as_str() {
        return msgpack::text(text, walk);
    }
    walk.bulk(values.len())?;
    let declared = values.contains(value);
    match (value, declared) {
        (Value::Int(number), true) => Ok(Packed::from(*number)),
        (Value::Float(number), true) => Ok(Packed::F64(*number)),
        (Value::Bool(truth), true) => Ok(Packed::from(*truth)),
        (Value::Null, true) => Ok(Packed::Nil),
        _ => Err(Reason::Enum {
            expected: alternatives(values.iter().map(spelled)),
        }),
    }
}

fn spelled(value: &Value) -> impl fmt::Display {
    fmt::from_fn(move |f| match value {
        Value::String(text) => write!(f, "'{text}'"),
        // Never a declared value's match, and of any size.
        Value::Array(_) => f.write_str("[…]"),
        Value::Object(_) => f.write_str("{…}"),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
            f.write_str(&serde_json::to_string(value).unwrap_or_default())
        }
    })
}
