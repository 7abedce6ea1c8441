//! Values that have no parts.

use std::fmt;

use buffa_types::google::protobuf::{Duration, Timestamp};
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, primitive, scalar},
    Literal, Primitive, Scalar,
};

use super::{
    error::{Reason, alternatives},
    time,
    walk::Walk,
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
    if !value.is_null() {
        return Err(Reason::Null);
    }
    Ok(literal(scalar::Value::NoneType(Box::default())))
}

pub(super) fn integer(value: &Value) -> Result<Literal, Reason> {
    if let Value::BigInt(_) = value {
        let (min, max) = ("-9223372036854775808", "9223372036854775807");
        return Err(Reason::IntegerRange { min, max });
    }
    let Value::Int(value) = value else {
        return Err(Reason::Integer);
    };
    Ok(primitive(primitive::Value::Integer(*value)))
}

/// A number; an integer is one too, unless only what the reference accepts will do.
pub(super) fn float(value: &Value, strict: bool) -> Result<Literal, Reason> {
    let number = if let Value::Float(value) = value {
        *value
    } else if strict {
        return Err(Reason::Number);
    } else {
        whole_number(value)?
    };
    Ok(primitive(primitive::Value::FloatValue(number)))
}

/// The double nearest to an integer.
pub(super) fn whole_number(value: &Value) -> Result<f64, Reason> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a float has no better value for it"
    )]
    if let Value::Int(value) = value {
        return Ok(*value as f64);
    }
    let Value::BigInt(digits) = value else {
        return Err(Reason::Number);
    };
    let number = digits.parse().ok().filter(|it: &f64| it.is_finite());
    number.ok_or(Reason::NumberRange)
}

pub(super) fn string(value: &Value, walk: Walk<'_>) -> Result<Literal, Reason> {
    let text = value.as_str().ok_or(Reason::String)?;
    walk.bulk(text.len())?;
    Ok(primitive(primitive::Value::StringValue(text.to_owned())))
}

pub(super) fn boolean(value: &Value) -> Result<Literal, Reason> {
    let Value::Bool(value) = value else {
        return Err(Reason::Boolean);
    };
    Ok(primitive(primitive::Value::Boolean(*value)))
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
    let duration = time::duration(value)?;
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    let duration = Duration {
        seconds,
        nanos,
        ..Duration::default()
    };
    Ok(primitive(primitive::Value::Duration(Box::new(duration))))
}

pub(super) fn member(values: &[String], value: &Value, walk: Walk<'_>) -> Result<Literal, Reason> {
    walk.bulk(values.len())?;
    if value
        .as_str()
        .is_some_and(|text| values.iter().any(|it| it == text))
    {
        return string(value, walk);
    }
    let quoted = values
        .iter()
        .map(|it| fmt::from_fn(move |f| write!(f, "'{it}'")));
    Err(Reason::Enum {
        expected: alternatives(quoted),
    })
}
