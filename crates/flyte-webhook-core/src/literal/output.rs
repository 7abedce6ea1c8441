//! Literals to JSON.

use data_encoding::BASE64;
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, primitive, scalar},
    Binary, Literal, LiteralOffloadedMetadata, LiteralType, Primitive, Scalar,
};
use serde_json::{Map, Value as Json, json};

use super::{
    blob, conform,
    error::{Error, Reason, Segment},
    msgpack,
    schema::whole,
    shape::{PICKLE, Shape},
    time,
    walk::{Walk, output_budget},
};

/// The largest pickled value that is shown.
const SHOWN_BINARY: usize = 1024;

/// Converts a literal to JSON, guided by its type.
pub fn to_json(literal_type: &LiteralType, literal: &Literal) -> Result<Json, Error> {
    converted(literal_type, literal, Walk::new(&output_budget()))
}

/// Converts a literal to JSON; one that cannot be shown becomes an object with an `error`.
pub fn to_json_lossy(literal_type: &LiteralType, literal: &Literal) -> Json {
    converted_lossy(literal_type, literal, Walk::new(&output_budget()))
}

/// [`to_json_lossy`] within the bounds of a greater conversion.
pub(super) fn converted_lossy(
    literal_type: &LiteralType,
    literal: &Literal,
    walk: Walk<'_>,
) -> Json {
    let shown = converted(literal_type, literal, walk);
    shown.unwrap_or_else(|error| json!({ "error": error.to_string() }))
}

fn converted(literal_type: &LiteralType, literal: &Literal, walk: Walk<'_>) -> Result<Json, Error> {
    let shape = Shape::of(literal_type, walk).map_err(Error::new)?;
    render(&shape, literal, walk)
}

fn render(shape: &Shape<'_>, literal: &Literal, walk: Walk<'_>) -> Result<Json, Error> {
    let walk = walk.step().map_err(Error::new)?;
    let shape = shape.of_bare_literal(walk).map_err(Error::new)?;
    match literal.value.as_ref() {
        Some(literal::Value::Scalar(value)) => scalar(shape, value, &literal.hash, walk),
        Some(literal::Value::Collection(collection)) => {
            let item = item_of(shape);
            let items = collection
                .literals
                .iter()
                .enumerate()
                .map(|(index, literal)| {
                    render(item, literal, walk).map_err(|error| error.within(Segment::Index(index)))
                });
            items.collect::<Result<_, _>>().map(Json::Array)
        }
        Some(literal::Value::Map(map)) => {
            let item = item_of(shape);
            // A protobuf map has no order; the same literal must give the same text.
            let mut members: Vec<_> = map.literals.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter().map(|(name, literal)| {
                let value = render(item, literal, walk);
                let value = value.map_err(|error| error.within(Segment::key(name)))?;
                Ok((name.clone(), value))
            });
            members.collect::<Result<Map<_, _>, _>>().map(Json::Object)
        }
        Some(literal::Value::OffloadedMetadata(stored)) => Ok(offloaded(stored)),
        None => Err(Error::new(Reason::Empty)),
    }
}

/// The type of a part; of something that should have no parts, nothing is known.
fn item_of<'s, 'a>(shape: &'s Shape<'a>) -> &'s Shape<'a> {
    if let Shape::List(item) | Shape::Map(item) = shape {
        item
    } else {
        &Shape::Unset
    }
}

fn scalar(shape: &Shape<'_>, value: &Scalar, hash: &str, walk: Walk<'_>) -> Result<Json, Error> {
    Ok(match value.value.as_ref() {
        Some(scalar::Value::Primitive(value)) => primitive(shape, value).map_err(Error::new)?,
        Some(scalar::Value::NoneType(_)) => Json::Null,
        Some(scalar::Value::Union(union)) => return of_union(shape, union, walk),
        Some(scalar::Value::Binary(binary)) => {
            self::binary(shape, binary, walk).map_err(Error::new)?
        }
        Some(scalar::Value::Generic(value)) => generic(shape, value, walk).map_err(Error::new)?,
        Some(scalar::Value::Blob(blob)) if blob.metadata.r#type.format == PICKLE => {
            json!({ "type": "binary", "tag": PICKLE, "size": null, "uri": blob.uri })
        }
        Some(scalar::Value::Blob(blob)) => blob::file_to_json(blob, hash),
        Some(scalar::Value::StructuredDataset(dataset)) => blob::dataset_to_json(dataset),
        Some(scalar::Value::Schema(schema)) => json!({ "uri": schema.uri }),
        Some(scalar::Value::Error(error)) => {
            json!({ "failed_node_id": error.failed_node_id, "message": error.message })
        }
        None => return Err(Error::new(Reason::Empty)),
    })
}

/// The type of a union's value is in the literal, or else the one that its interface leaves.
fn of_union(
    shape: &Shape<'_>,
    union: &flyte_idl::flyteidl2::core::Union,
    walk: Walk<'_>,
) -> Result<Json, Error> {
    let Some(value) = union.value.as_option() else {
        return Err(Error::new(Reason::Empty));
    };
    match union.r#type.as_option() {
        Some(literal_type) => {
            let shape = Shape::of(literal_type, walk).map_err(Error::new)?;
            render(&shape, value, walk)
        }
        None => render(shape, value, walk),
    }
}

fn primitive(shape: &Shape<'_>, value: &Primitive) -> Result<Json, Reason> {
    Ok(match value.value.as_ref() {
        #[expect(clippy::cast_precision_loss, reason = "the declared type is a double")]
        Some(primitive::Value::Integer(value)) if matches!(shape, Shape::Float) => {
            Json::from(*value as f64)
        }
        Some(primitive::Value::Integer(value)) => Json::from(*value),
        Some(primitive::Value::FloatValue(value)) if matches!(shape, Shape::Integer) => {
            whole(value.trunc()).map_or_else(|| msgpack::float(*value), Json::from)
        }
        Some(primitive::Value::FloatValue(value)) => msgpack::float(*value),
        Some(primitive::Value::StringValue(text)) => Json::from(text.as_str()),
        Some(primitive::Value::Boolean(value)) => Json::from(*value),
        Some(primitive::Value::Datetime(it)) => time::format_datetime((it.seconds, it.nanos))
            .map(Json::from)
            .ok_or(Reason::Mismatch {
                expected: "datetime",
            })?,
        Some(primitive::Value::Duration(it)) => {
            Json::from(time::seconds_of((it.seconds, it.nanos)))
        }
        None => return Err(Reason::Empty),
    })
}

/// A struct, or bytes that only Python could read.
fn binary(shape: &Shape<'_>, binary: &Binary, walk: Walk<'_>) -> Result<Json, Reason> {
    if binary.tag != msgpack::TAG {
        return Ok(opaque(&binary.tag, &binary.value));
    }
    let value = msgpack::unpack(&binary.value, walk)?;
    Ok(conformed(shape, value, walk))
}

fn opaque(tag: &str, content: &[u8]) -> Json {
    let size = content.len();
    if size > SHOWN_BINARY {
        return json!({ "type": "binary", "tag": tag, "size": size });
    }
    let base64 = BASE64.encode(content);
    json!({ "type": "binary", "tag": tag, "size": size, "base64": base64 })
}

/// A struct in the older form, where every number is a double.
fn generic(
    shape: &Shape<'_>,
    value: &buffa_types::google::protobuf::Struct,
    walk: Walk<'_>,
) -> Result<Json, Reason> {
    let value = conform::struct_to_json(value, walk)?;
    Ok(conformed(shape, value, walk))
}

fn conformed(shape: &Shape<'_>, value: Json, walk: Walk<'_>) -> Json {
    if let Shape::Record(schema) = shape {
        schema.conform(value, walk)
    } else {
        value
    }
}

fn offloaded(stored: &LiteralOffloadedMetadata) -> Json {
    json!({ "type": "offloaded", "size": stored.size_bytes, "uri": stored.uri })
}
