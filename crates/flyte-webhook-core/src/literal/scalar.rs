//! Values that have no parts.

use buffa_types::google::protobuf::{Duration, Timestamp};
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, primitive, scalar},
    Literal, Primitive, Scalar, Void,
};

use super::{
    error::{Reason, alternatives},
    time,
};
use crate::json::Value;

/// A literal of a scalar.
pub(super) fn literal(value: scalar::Value) -> Literal {
    let scalar = Scalar {
        value: Some(value),
        ..Scalar::default()
    };
    let value = Some(literal::Value::Scalar(Box::new(scalar)));
    Literal {
        value,
        ..Literal::default()
    }
}

fn primitive(value: primitive::Value) -> Literal {
    let primitive = Primitive {
        value: Some(value),
        ..Primitive::default()
    };
    literal(scalar::Value::Primitive(Box::new(primitive)))
}

pub(super) fn none(value: &Value) -> Result<Literal, Reason> {
    match value.is_null() {
        true => Ok(literal(scalar::Value::NoneType(Box::new(Void::default())))),
        false => Err(Reason::Null),
    }
}

pub(super) fn integer(value: &Value) -> Result<Literal, Reason> {
    match value {
        Value::Int(value) => Ok(primitive(primitive::Value::Integer(*value))),
        Value::BigInt(_) => Err(Reason::IntegerRange {
            min: "-9223372036854775808",
            max: "9223372036854775807",
        }),
        _ => Err(Reason::Integer),
    }
}

/// A number; an integer is one too, unless only what the reference accepts will do.
pub(super) fn float(value: &Value, strict: bool) -> Result<Literal, Reason> {
    let number = match value {
        Value::Float(value) => *value,
        Value::Int(_) | Value::BigInt(_) if !strict => whole_number(value)?,
        _ => return Err(Reason::Number),
    };
    Ok(primitive(primitive::Value::FloatValue(number)))
}

/// The double nearest to an integer.
pub(super) fn whole_number(value: &Value) -> Result<f64, Reason> {
    let number = match value {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a float has no better value for it"
        )]
        Value::Int(value) => *value as f64,
        Value::BigInt(digits) => digits.parse().unwrap_or(f64::INFINITY),
        _ => return Err(Reason::Number),
    };
    if number.is_finite() {
        Ok(number)
    } else {
        Err(Reason::NumberRange)
    }
}

pub(super) fn string(value: &Value) -> Result<Literal, Reason> {
    let text = value.as_str().ok_or(Reason::String)?;
    Ok(primitive(primitive::Value::StringValue(text.to_owned())))
}

pub(super) fn boolean(value: &Value) -> Result<Literal, Reason> {
    match value {
        Value::Bool(value) => Ok(primitive(primitive::Value::Boolean(*value))),
        _ => Err(Reason::Boolean),
    }
}

pub(super) fn datetime(value: &Value) -> Result<Literal, Reason> {
    let text = value.as_str().ok_or(Reason::DatetimeType)?;
    let (seconds, nanos) = time::parse_datetime(text).ok_or(Reason::Datetime)?;
    let timestamp = Timestamp {
        seconds,
        nanos,
        ..Timestamp::default()
    };
    Ok(primitive(primitive::Value::Datetime(Box::new(timestamp))))
}

pub(super) fn duration(value: &Value) -> Result<Literal, Reason> {
    let parsed = match value {
        Value::Int(seconds) => time::duration_from_whole_seconds(*seconds),
        Value::Float(seconds) => time::duration_from_seconds(*seconds),
        Value::String(text) => time::parse_duration(text),
        Value::BigInt(_) => None,
        _ => return Err(Reason::DurationType),
    };
    let duration = parsed.ok_or(Reason::Duration)?;
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    let duration = Duration {
        seconds,
        nanos,
        ..Duration::default()
    };
    Ok(primitive(primitive::Value::Duration(Box::new(duration))))
}

pub(super) fn member(values: &[String], value: &Value) -> Result<Literal, Reason> {
    match value.as_str() {
        Some(text) if values.iter().any(|it| it == text) => string(value),
        _ => Err(expected_member(values)),
    }
}

pub(super) fn expected_member(values: &[String]) -> Reason {
    let quoted: Vec<String> = values.iter().take(64).map(|it| format!("'{it}'")).collect();
    let expected = alternatives(&quoted);
    Reason::Enum { expected }
}
