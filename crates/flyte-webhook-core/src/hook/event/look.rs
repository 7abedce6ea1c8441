//! Looking into a payload, of which nothing is sure.

use crate::json::{Part, Value};

/// What stands at a path of members.
pub(super) fn at<'a>(part: Part<'a>, path: &[&str]) -> Part<'a> {
    path.iter().fold(part, |part, name| part.get(name))
}

/// The text at a path: a string that is not empty, or a number as it is written.
pub(super) fn text(part: Part<'_>, path: &[&str]) -> Option<String> {
    let part = at(part, path);
    if let Some(text) = part.text() {
        return Some(text.to_owned()).filter(|text| !text.is_empty());
    }
    match part.number()? {
        Value::Int(number) => Some(number.to_string()),
        Value::BigInt(digits) => Some(digits.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The first of the paths at which there is a text.
pub(super) fn first(part: Part<'_>, paths: &[&[&str]]) -> Option<String> {
    paths.iter().find_map(|path| text(part, path))
}

/// The first of the members that is an object with something in it, if any.
pub(super) fn object<'a>(part: Part<'a>, names: &[&str]) -> Part<'a> {
    let members = names.iter().map(|name| part.get(name));
    let mut found = members.filter(|it| it.is_object() && it.has_parts());
    found.next().unwrap_or_default()
}
