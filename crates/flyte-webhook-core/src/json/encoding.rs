//! The text of a body, in the encoding that its first bytes show.

use std::borrow::Cow;

use super::Error;

/// Decodes UTF-8, UTF-16 or UTF-32, with or without a byte order mark.
pub(super) fn decode(body: &[u8]) -> Result<Cow<'_, str>, Error> {
    match body {
        [0, 0, 0xfe, 0xff, rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        // JSON begins with ASCII, so where its zero bytes are tells the width.
        [0, 0, _, _, ..] => utf32(body, u32::from_be_bytes),
        [0, _, _, _, ..] | [0, _] => utf16(body, u16::from_be_bytes),
        [_, 0, 0, 0, ..] => utf32(body, u32::from_le_bytes),
        [_, 0, _, _, ..] | [_, 0] => utf16(body, u16::from_le_bytes),
        _ => utf8(body),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(Error::Unreadable { encoding: "UTF-8" }),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Error> {
    let (units, []) = bytes.as_chunks() else {
        return Err(Error::Unreadable { encoding: "UTF-16" });
    };
    let text: Result<String, _> = char::decode_utf16(units.iter().copied().map(unit)).collect();
    text.map(Cow::Owned)
        .or(Err(Error::Unreadable { encoding: "UTF-16" }))
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Result<Cow<'_, str>, Error> {
    let (units, []) = bytes.as_chunks() else {
        return Err(Error::Unreadable { encoding: "UTF-32" });
    };
    let text: Option<String> = units
        .iter()
        .map(|&bytes| char::from_u32(unit(bytes)))
        .collect();
    text.map(Cow::Owned)
        .ok_or(Error::Unreadable { encoding: "UTF-32" })
}
