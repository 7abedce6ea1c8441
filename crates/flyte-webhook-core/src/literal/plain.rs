//! Literals as flytekit puts them into the strings of a task, with no type known.

use data_encoding::BASE64;
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, primitive, scalar},
    Binary, Literal, Primitive, Scalar,
};

use super::{
    conform::struct_to_json,
    error::{Error, Errors, Reason, Segment},
    msgpack,
    scalar::literal,
    time,
    walk::{Walk, budget, output_budget, weight},
};
use crate::{
    json::{Object, Value},
    python,
};

/// The value of a literal; a file or a dataframe is its URI, `MessagePack` the text
/// of its JSON.
pub fn to_plain(literal: &Literal) -> Result<Value, Error> {
    plain(literal, Walk::new(&output_budget()))
}

/// A protobuf struct as a value, its members by name.
pub fn struct_to_plain(message: &buffa_types::google::protobuf::Struct) -> Result<Value, Error> {
    let json = struct_to_json(message, Walk::new(&output_budget()));
    json.map(Value::from).map_err(Error::new)
}

/// A literal that holds a value as `MessagePack`, as flytekit writes a dict.
pub fn from_plain(value: &Value) -> Result<Literal, Errors> {
    let packed = msgpack::pack(value, false, Walk::new(&budget(weight(value))))?;
    let binary = Binary {
        value: msgpack::bytes(&packed),
        tag: msgpack::TAG.to_owned(),
        ..Binary::default()
    };
    Ok(literal(scalar::Value::Binary(Box::new(binary))))
}

fn plain(literal: &Literal, walk: Walk<'_>) -> Result<Value, Error> {
    let walk = walk.step().map_err(Error::new)?;
    match literal.value.as_ref() {
        Some(literal::Value::Scalar(value)) => of_scalar(value, walk),
        Some(literal::Value::Collection(collection)) => {
            let items = collection.literals.iter().enumerate().map(|(index, item)| {
                plain(item, walk).map_err(|error| error.within(Segment::Index(index)))
            });
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        Some(literal::Value::Map(map)) => {
            let mut members: Vec<_> = map.literals.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter().map(|(name, item)| {
                let value = plain(item, walk);
                let value = value.map_err(|error| error.within(Segment::key(name)))?;
                Ok((name.clone(), value))
            });
            members.collect::<Result<Object, _>>().map(Value::Object)
        }
        // Somewhere in a store, to which this server has no key.
        Some(literal::Value::OffloadedMetadata(_)) => Err(Error::new(Reason::Offloaded)),
        None => Err(Error::new(Reason::Empty)),
    }
}

fn of_scalar(value: &Scalar, walk: Walk<'_>) -> Result<Value, Error> {
    let text = |text: &String| Value::String(text.into());
    Ok(match value.value.as_ref() {
        Some(scalar::Value::Primitive(value)) => of_primitive(value).map_err(Error::new)?,
        Some(scalar::Value::NoneType(_)) => Value::Null,
        Some(scalar::Value::Union(union)) => {
            let inner = union.value.as_option();
            return plain(inner.ok_or_else(|| Error::new(Reason::Empty))?, walk);
        }
        Some(scalar::Value::Binary(binary)) if binary.tag == msgpack::TAG => {
            let value = msgpack::unpack(&binary.value, walk).map_err(Error::new)?;
            Value::String(python::json_value(&Value::from(value)).into())
        }
        Some(scalar::Value::Binary(binary)) => Value::String(BASE64.encode(&binary.value).into()),
        Some(scalar::Value::Generic(message)) => {
            Value::from(struct_to_json(message, walk).map_err(Error::new)?)
        }
        Some(scalar::Value::Blob(blob)) => text(&blob.uri),
        Some(scalar::Value::StructuredDataset(dataset)) => text(&dataset.uri),
        Some(scalar::Value::Schema(schema)) => text(&schema.uri),
        Some(scalar::Value::Error(error)) => text(&error.message),
        None => return Err(Error::new(Reason::Empty)),
    })
}

fn of_primitive(value: &Primitive) -> Result<Value, Reason> {
    Ok(match value.value.as_ref() {
        Some(primitive::Value::Integer(value)) => Value::Int(*value),
        Some(primitive::Value::FloatValue(value)) => Value::Float(*value),
        Some(primitive::Value::StringValue(text)) => Value::String(text.into()),
        Some(primitive::Value::Boolean(value)) => Value::Bool(*value),
        Some(primitive::Value::Datetime(it)) => time::format_datetime((it.seconds, it.nanos))
            .map(|text| Value::String(text.into()))
            .ok_or(Reason::Mismatch {
                expected: "datetime",
            })?,
        Some(primitive::Value::Duration(it)) => {
            Value::Float(time::seconds_of((it.seconds, it.nanos)))
        }
        None => return Err(Reason::Empty),
    })
}
