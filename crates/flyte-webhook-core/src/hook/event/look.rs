//! Looking into a payload, of which nothing is sure.

use crate::json::Value;

/// What stands at a path of members.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// The text at a path: a string that is not empty, or a number as it is written.
pub(super) fn text(value: &Value, path: &[&str]) -> Option<String> {
    match at(value, path)? {
        Value::String(text) => Some(text.to_string()).filter(|text| !text.is_empty()),
        Value::Int(number) => Some(number.to_string()),
        Value::BigInt(digits) => Some(digits.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The first of the paths at which there is a text.
pub(super) fn first(value: &Value, paths: &[&[&str]]) -> Option<String> {
    paths.iter().find_map(|path| text(value, path))
}

/// The first of the members that is an object with something in it.
pub(super) fn object<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    let found = names.iter().filter_map(|name| value.get(name));
    let has_members = |value: &&Value| value.as_object().is_some_and(|it| !it.is_empty());
    found.into_iter().find(has_members)
}
