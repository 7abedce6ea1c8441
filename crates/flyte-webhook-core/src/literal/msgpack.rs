//! `MessagePack` in and out, where nothing is known about the value.

mod read;

use rmpv::Value as Packed;

use super::{
    error::{Errors, Reason, Segment, gather, refuse, within},
    record::{finite, unsigned},
    walk::Walk,
};
use crate::json::Value;

pub(super) use read::{float, unpack};

/// What marks `MessagePack` in a literal.
pub(super) const TAG: &str = "msgpack";

/// Converts a value to `MessagePack` as it is; pydantic has no NaN and no infinities.
pub(super) fn pack(value: &Value, pydantic: bool, walk: Walk<'_>) -> Result<Packed, Errors> {
    let walk = walk.enter(value)?;
    Ok(match value {
        Value::Null => Packed::Nil,
        Value::Bool(value) => Packed::from(*value),
        Value::Int(value) => Packed::from(*value),
        Value::BigInt(digits) => unsigned(digits).or_else(|reason| refuse(reason, value))?,
        Value::Float(number) if pydantic => finite(*number),
        Value::Float(number) => Packed::F64(*number),
        Value::String(text) => self::text(text, walk).or_else(|reason| refuse(reason, value))?,
        Value::Array(items) => {
            Packed::Array(gather(items.iter().enumerate().map(|(index, item)| {
                let packed = pack(item, pydantic, walk);
                packed.map_err(|errors| within(errors, &Segment::Index(index)))
            }))?)
        }
        Value::Object(members) => Packed::Map(gather(members.iter().map(|(name, value)| {
            let packed = pack(value, pydantic, walk);
            let packed = packed.map_err(|errors| within(errors, &Segment::key(name)))?;
            let name = text(name, walk).or_else(|reason| refuse(reason, value))?;
            Ok((name, packed))
        }))?),
    })
}

/// Packs a text, a name too: work by its length, since many alternatives may pack the same.
pub(super) fn text(text: &str, walk: Walk<'_>) -> Result<Packed, Reason> {
    walk.bulk(text.len())?;
    Ok(Packed::from(text))
}

/// The bytes of a packed value.
pub(super) fn bytes(packed: &Packed) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A vector takes every byte.
    let written = rmpv::encode::write_value(&mut bytes, packed);
    debug_assert!(written.is_ok());
    bytes
}
