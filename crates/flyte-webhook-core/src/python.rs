//! Values as Python writes them, for apps that were called from Python so far.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::json::{Object, Value};

/// What `quote_plus` leaves as it is, beside letters and digits.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

/// The value as `str()` gives it.
pub fn text(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.to_string();
    }
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

/// The members as `urllib.parse.urlencode` joins them into a query.
pub fn urlencode(members: &Object) -> String {
    let quoted = |text: &str| {
        let words = text.split(' ');
        let words: Vec<String> = words
            .map(|word| utf8_percent_encode(word, QUOTED).to_string())
            .collect();
        words.join("+")
    };
    let pairs: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("{}={}", quoted(name), quoted(&text(value))))
        .collect();
    pairs.join("&")
}

/// The members as `json.dumps` writes them: ASCII, with spaces.
pub fn json(members: &Object) -> String {
    let mut out = String::new();
    write_object(&mut out, members);
    out
}

/// The value as `json.dumps` writes it: ASCII, with spaces.
pub fn json_value(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value);
    out
}

/// The value as httpx sends it: UTF-8, without spaces. None where a number is not
/// finite, for which JSON has no word.
pub fn compact_json(value: &Value) -> Option<String> {
    let mut out = String::new();
    write_compact(&mut out, value).then_some(out)
}

fn write_compact(out: &mut String, value: &Value) -> bool {
    match value {
        Value::Float(number) if !number.is_finite() => return false,
        Value::String(text) => write_compact_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                if !write_compact(out, item) {
                    return false;
                }
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write_compact_text(out, name);
                out.push(':');
                if !write_compact(out, value) {
                    return false;
                }
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
            write_json(out, value);
        }
    }
    true
}

fn write_compact_text(out: &mut String, text: &str) {
    // Only what JSON demands is escaped by either.
    let quoted = serde_json::to_string(text);
    out.push_str(&quoted.expect("text is JSON"));
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::BigInt(digits) => out.push_str(digits),
        Value::Float(number) => out.push_str(&float(*number, ["nan", "inf", "-inf"])),
        Value::String(text) => write_quoted(out, text),
        Value::Array(items) => {
            separated(out, ['[', ']'], items, write_repr);
        }
        Value::Object(members) => separated(out, ['{', '}'], members, |out, (name, value)| {
            write_quoted(out, name);
            out.push_str(": ");
            write_repr(out, value);
        }),
    }
}

fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::BigInt(digits) => out.push_str(digits),
        Value::Float(number) => out.push_str(&float(*number, ["NaN", "Infinity", "-Infinity"])),
        Value::String(text) => write_json_text(out, text),
        Value::Array(items) => separated(out, ['[', ']'], items, write_json),
        Value::Object(members) => write_object(out, members),
    }
}

fn write_object(out: &mut String, members: &Object) {
    separated(out, ['{', '}'], members, |out, (name, value)| {
        write_json_text(out, name);
        out.push_str(": ");
        write_json(out, value);
    });
}

fn separated<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(close);
}

/// A float as `repr` gives it; what is not finite has a name of the context's.
fn float(number: f64, [nan, inf, minus_inf]: [&str; 3]) -> String {
    if number.is_nan() {
        return nan.to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { inf } else { minus_inf }.to_owned();
    }
    // The shortest digits and the choice of the exponent are Rust's as well;
    // only the exponent itself is written otherwise.
    let shortest = format!("{number:?}");
    match shortest.split_once('e') {
        None => shortest,
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
    }
}

/// A string as `repr` gives it.
fn write_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => write_escape(out, u32::from(c)),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, code: u32) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Rust escapes for people by the same categories, but for a combining mark at
/// the beginning, which is why a letter stands before it.
fn is_printable(c: char) -> bool {
    matches!(c, '"' | '\'') || format!("a{c}").escape_debug().nth(1) == Some(c)
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
