//! JSON to literals.

use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, scalar as oneof},
    Binary, Literal, LiteralCollection, LiteralMap, LiteralType,
};

use super::{
    blob,
    error::{Errors, Reason, Segment, gather, refuse, within},
    msgpack, scalar,
    shape::Shape,
    union,
    walk::{Walk, budget, weight},
};
use crate::json::Value;

/// Converts one value to a literal of a type.
pub fn from_json(literal_type: &LiteralType, value: &Value) -> Result<Literal, Errors> {
    let budget = budget(weight(value));
    converted(literal_type, value, Walk::new(&budget))
}

/// Converts one value within the bounds of a greater conversion.
pub(super) fn converted(
    literal_type: &LiteralType,
    value: &Value,
    walk: Walk<'_>,
) -> Result<Literal, Errors> {
    let shape = Shape::of(literal_type, walk).or_else(|reason| refuse(reason, value))?;
    convert(&shape, value, walk)
}

pub(super) fn convert(shape: &Shape<'_>, value: &Value, walk: Walk<'_>) -> Result<Literal, Errors> {
    let walk = walk.enter(value)?;
    let literal = match shape {
        Shape::None => scalar::none(value),
        Shape::Integer => scalar::integer(value),
        Shape::Float => scalar::float(value, walk.strict),
        Shape::String => scalar::string(value, walk),
        Shape::Boolean => scalar::boolean(value),
        Shape::Datetime | Shape::Duration if walk.strict => {
            Err(Reason::Unsupported { name: shape.name() })
        }
        Shape::Datetime => scalar::datetime(value),
        Shape::Duration => scalar::duration(value),
        Shape::Enum(values) => scalar::member(values, value, walk),
        Shape::Dict => return dict(value, walk),
        Shape::Record(schema) => return schema.pack(value, walk).map(|it| structure(&it)),
        Shape::List(item) => return list(item, value, walk),
        Shape::Map(item) => return map(item, value, walk),
        Shape::Blob(declared) => return blob::file(declared, value, walk),
        Shape::Dataset(declared) => return blob::dataset(declared, value, walk),
        Shape::Union(variants) => return union::from_json(variants, value, walk),
        Shape::Pickled => Err(Reason::Pickled),
        Shape::Error | Shape::Schema | Shape::Unset => {
            Err(Reason::Unsupported { name: shape.name() })
        }
    };
    literal.or_else(|reason| refuse(reason, value))
}

fn dict(value: &Value, walk: Walk<'_>) -> Result<Literal, Errors> {
    if value.as_object().is_none() {
        return refuse(Reason::Dict, value);
    }
    msgpack::pack(value, false, walk).map(|it| structure(&it))
}

/// A struct as the SDK stores one.
fn structure(packed: &rmpv::Value) -> Literal {
    let binary = Binary {
        value: msgpack::bytes(packed),
        tag: msgpack::TAG.to_owned(),
        ..Binary::default()
    };
    scalar::literal(oneof::Value::Binary(Box::new(binary)))
}

fn list(item: &Shape<'_>, value: &Value, walk: Walk<'_>) -> Result<Literal, Errors> {
    let Value::Array(items) = value else {
        return refuse(Reason::List, value);
    };
    let literals = gather(items.iter().enumerate().map(|(index, value)| {
        let literal = convert(item, value, walk);
        literal.map_err(|errors| within(errors, &Segment::Index(index)))
    }))?;
    let collection = LiteralCollection {
        literals,
        ..LiteralCollection::default()
    };
    let value = Some(literal::Value::Collection(Box::new(collection)));
    Ok(Literal {
        value,
        ..Literal::default()
    })
}

fn map(item: &Shape<'_>, value: &Value, walk: Walk<'_>) -> Result<Literal, Errors> {
    let Some(members) = value.as_object() else {
        return refuse(Reason::Dict, value);
    };
    let literals = gather(members.iter().map(|(name, value)| {
        let literal = convert(item, value, walk);
        let literal = literal.map_err(|errors| within(errors, &Segment::key(name)))?;
        walk.bulk_in(name.len(), value)?;
        Ok((name.clone(), literal))
    }))?;
    let literals = literals.into_iter().collect();
    let map = LiteralMap {
        literals,
        ..LiteralMap::default()
    };
    let value = Some(literal::Value::Map(Box::new(map)));
    Ok(Literal {
        value,
        ..Literal::default()
    })
}
