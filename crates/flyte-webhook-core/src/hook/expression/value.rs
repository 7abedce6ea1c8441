//! A delivery as expressions see it, and their values as JSON.

use std::collections::HashMap;

use cel::{
    Value as Cel,
    common::{
        types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelNull, CelString, CelUInt},
        value::Val,
    },
};

use super::{FIELDS, reads::Reads};
use crate::json::{Object, Part, Value};

/// What is calculated with.
pub(super) type Operand<'a> = Box<dyn Val + 'a>;

/// A delivery as expressions see it.
#[derive(Clone)]
pub struct Subject<'a> {
    /// What is known, in the order of [`FIELDS`].
    event: [Option<&'a str>; FIELDS.len()],
    payload: Part<'a>,
}

impl<'a> Subject<'a> {
    /// What is known of an event, by the names of [`FIELDS`], and its payload.
    pub fn new(
        event: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
        payload: Part<'a>,
    ) -> Self {
        let mut fields = FIELDS.map(|_| None);
        for (name, text) in event {
            let known = FIELDS.iter().zip(&mut fields);
            let field = known.into_iter().find(|(known, _)| **known == name);
            if let Some((_, field)) = field {
                *field = text;
            }
        }
        Self {
            event: fields,
            payload,
        }
    }

    /// An event of which everything is known.
    pub(super) fn sample() -> Self {
        let event = FIELDS.map(|name| (name, Some("text")));
        Self::new(event, Part::default())
    }

    /// What is read of the event.
    pub(super) fn event(&self, reads: &Reads) -> Operand<'a> {
        let text = |text: &'a str| -> Operand<'a> { Box::new(CelString::from(text)) };
        let null = || -> Operand<'a> { Box::new(CelNull) };
        let fields = FIELDS.into_iter().zip(&self.event);
        let fields = fields.filter(|(name, _)| reads.has(name));
        map(fields.map(|(name, it)| (name, it.map_or_else(null, text))))
    }

    /// The payload.
    pub(super) fn payload(&self) -> Part<'a> {
        self.payload
    }

    /// A member of the payload.
    pub(super) fn at(&self, path: &[String]) -> Part<'_> {
        path.iter().fold(self.payload(), |it, name| it.get(name))
    }

    /// The longest list or object of the payload, and the longest text.
    pub(super) fn longest(&self) -> (usize, usize) {
        let mut sizes = (0, 0);
        measure(&self.payload().value(), &mut sizes);
        sizes
    }
}

fn measure(value: &Value, sizes: &mut (usize, usize)) {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::BigInt(_) => {}
        Value::String(text) => sizes.1 = sizes.1.max(text.len()),
        Value::Array(items) => {
            sizes.0 = sizes.0.max(items.len());
            for item in items {
                measure(item, sizes);
            }
        }
        Value::Object(members) => {
            sizes.0 = sizes.0.max(members.len());
            for (name, member) in members {
                sizes.1 = sizes.1.max(name.len());
                measure(member, sizes);
            }
        }
    }
}

pub(super) fn map<'a>(entries: impl Iterator<Item = (&'a str, Operand<'a>)>) -> Operand<'a> {
    let entries: HashMap<_, _> = entries.map(|(name, it)| (name.into(), it)).collect();
    Box::new(CelMap::from(entries))
}

/// A part of a payload; its texts stay where they are.
pub(super) fn operand(part: Part<'_>) -> Operand<'_> {
    if let Some(text) = part.text() {
        return Box::new(CelString::from(text));
    }
    if part.is_object() {
        return map(part.members().map(|(name, it)| (name, operand(it))));
    }
    if part.is_array() {
        let items: Vec<_> = part.items().map(operand).collect();
        return Box::new(CelList::from(items));
    }
    match part.value() {
        Value::Bool(value) => Box::new(CelBool::from(value)),
        Value::Int(value) => Box::new(CelInt::from(value)),
        Value::Float(value) => Box::new(CelDouble::from(value)),
        Value::BigInt(digits) => large(&digits),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => Box::new(CelNull),
    }
}

/// What is beyond 64 bits is a number all the same, if not the same number.
fn large(digits: &str) -> Operand<'static> {
    match digits.parse::<u64>() {
        Ok(value) => Box::new(CelUInt::from(value)),
        Err(_) => Box::new(CelDouble::from(digits.parse().unwrap_or(f64::NAN))),
    }
}

/// Members sorted by name, so that the same delivery gives the same inputs.
pub(super) fn to_json(value: &Cel) -> Option<Value> {
    Some(match value {
        Cel::Null => Value::Null,
        Cel::Bool(value) => Value::Bool(*value),
        Cel::Int(value) => Value::Int(*value),
        Cel::UInt(value) => i64::try_from(*value)
            .map_or_else(|_| Value::BigInt(value.to_string().into()), Value::Int),
        Cel::Float(value) => Value::Float(*value),
        Cel::String(text) => Value::String(text.as_str().into()),
        Cel::List(items) => Value::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Cel::Map(map) => {
            let mut members: Vec<_> = map
                .map
                .iter()
                .map(|(name, value)| Some((name.to_string(), to_json(value)?)))
                .collect::<Option<_>>()?;
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect::<Object>())
        }
        Cel::Timestamp(time) => Value::String(time.to_rfc3339().into()),
        Cel::Duration(time) => Value::Float(time.as_seconds_f64()),
        Cel::Bytes(_) | Cel::Function(..) | Cel::Opaque(_) | Cel::Struct(_) => return None,
    })
}
