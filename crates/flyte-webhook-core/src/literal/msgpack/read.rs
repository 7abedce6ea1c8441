//! Stored bytes to JSON, without a step that a length in them could make large.

use data_encoding::BASE64;
use serde_json::{Map, Value as Json};

use crate::{
    json::name_of_non_finite,
    literal::{error::Reason, walk::Walk},
};

/// Reads stored bytes, all of them, as one value.
pub(in crate::literal) fn unpack(bytes: &[u8], walk: Walk<'_>) -> Result<Json, Reason> {
    let mut rest = bytes;
    let value = value(&mut rest, walk)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(Reason::Msgpack)
    }
}

/// Reads one value from the front of the bytes; the numbers are those of the specification.
fn value(rest: &mut &[u8], walk: Walk<'_>) -> Result<Json, Reason> {
    let walk = walk.step()?;
    let [marker] = *take(rest, 1)? else {
        return Err(Reason::Msgpack);
    };
    match marker {
        0x00..=0x7f => Ok(marker.into()),
        0x80..=0x8f => map(rest, usize::from(marker & 0x0f), walk),
        0x90..=0x9f => array(rest, usize::from(marker & 0x0f), walk),
        0xa0..=0xbf => text(rest, usize::from(marker & 0x1f)),
        0xc0 => Ok(Json::Null),
        0xc1 => Err(Reason::Msgpack),
        0xc2 | 0xc3 => Ok((marker == 0xc3).into()),
        0xc4..=0xc6 => length(rest, marker - 0xc4).and_then(|length| text(rest, length)),
        0xc7..=0xc9 => length(rest, marker - 0xc7).and_then(|length| extension(rest, length)),
        0xca => number(rest).map(|it| float(f32::from_be_bytes(it).into())),
        0xcb => number(rest).map(|it| float(f64::from_be_bytes(it))),
        0xcc => number(rest).map(|it| u8::from_be_bytes(it).into()),
        0xcd => number(rest).map(|it| u16::from_be_bytes(it).into()),
        0xce => number(rest).map(|it| u32::from_be_bytes(it).into()),
        0xcf => number(rest).map(|it| u64::from_be_bytes(it).into()),
        0xd0 => number(rest).map(|it| i8::from_be_bytes(it).into()),
        0xd1 => number(rest).map(|it| i16::from_be_bytes(it).into()),
        0xd2 => number(rest).map(|it| i32::from_be_bytes(it).into()),
        0xd3 => number(rest).map(|it| i64::from_be_bytes(it).into()),
        0xd4..=0xd8 => extension(rest, 1 << (marker - 0xd4)),
        0xd9..=0xdb => length(rest, marker - 0xd9).and_then(|length| text(rest, length)),
        0xdc | 0xdd => length(rest, marker - 0xdb).and_then(|length| array(rest, length, walk)),
        0xde | 0xdf => length(rest, marker - 0xdd).and_then(|length| map(rest, length, walk)),
        0xe0..=0xff => Ok(marker.cast_signed().into()),
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Reason> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Reason::Msgpack)?;
    *rest = after;
    Ok(taken)
}

fn number<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Reason> {
    let (number, after) = rest.split_first_chunk().ok_or(Reason::Msgpack)?;
    *rest = after;
    Ok(*number)
}

/// A length of 1, 2 or 4 bytes.
fn length(rest: &mut &[u8], size: u8) -> Result<usize, Reason> {
    let bytes = take(rest, 1 << size)?;
    Ok(bytes
        .iter()
        .fold(0, |length, &byte| length << 8 | usize::from(byte)))
}

fn text(rest: &mut &[u8], length: usize) -> Result<Json, Reason> {
    take(rest, length).map(|bytes| base64_or_text(bytes).into())
}

/// The text that bytes are, or their base64 if they are not text.
fn base64_or_text(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).map(str::to_owned);
    text.unwrap_or_else(|_| BASE64.encode(bytes))
}

/// A number, or the name of what JSON has no number for.
pub(in crate::literal) fn float(value: f64) -> Json {
    name_of_non_finite(value).map_or_else(|| value.into(), Json::from)
}

fn array(rest: &mut &[u8], length: usize, walk: Walk<'_>) -> Result<Json, Reason> {
    let items: Result<_, _> = (0..length).map(|_| value(rest, walk)).collect();
    items.map(Json::Array)
}

fn map(rest: &mut &[u8], length: usize, walk: Walk<'_>) -> Result<Json, Reason> {
    let mut members = Map::new();
    for _ in 0..length {
        let key = value(rest, walk)?;
        members.insert(member_name(key, walk)?, value(rest, walk)?);
    }
    Ok(Json::Object(members))
}

/// The name that a key has in JSON, which knows text only.
fn member_name(key: Json, walk: Walk<'_>) -> Result<String, Reason> {
    if let Json::String(name) = key {
        return Ok(name);
    }
    let name = key.to_string();
    // A key in a key in a key is quoted again each time, which doubles it.
    walk.charge(name.len())?;
    Ok(name)
}

/// An extension as its type and its content, as the reference shows one.
fn extension(rest: &mut &[u8], length: usize) -> Result<Json, Reason> {
    let kind = i8::from_be_bytes(number(rest)?);
    let content = base64_or_text(take(rest, length)?);
    Ok(Json::Array(vec![kind.into(), content.into()]))
}
