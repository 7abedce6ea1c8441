//! Lists of texts in a body.

use std::fmt;

use flyte_webhook_core::json::Value;

use super::{Content, FromBody, echo};
use crate::http::Violation;

/// A body that is a list of texts, or null, or absent.
pub struct TextList(pub Option<Vec<String>>);

impl FromBody for TextList {
    fn from_body(body: Content, violations: &mut Vec<Violation>) -> Self {
        let value = match body {
            Content::Absent => Value::Null,
            Content::Json(value) => value,
            // As FastAPI has it: a body of another type is one text.
            Content::Other(body) => Value::String(String::from_utf8_lossy(&body).into()),
        };
        let any = |text: &str| Ok::<_, fmt::Error>(text.to_owned());
        Self(text_list(value, None, any, violations))
    }
}

/// How many mistakes of one list are told: each repeats its place, so that the
/// answer could be many times the request.
const MOST_VIOLATIONS: usize = 100;

/// Takes a list of texts that `parse` takes, or null. It is the body, or a
/// member of it.
pub fn text_list<T, E: fmt::Display>(
    value: Value,
    member: Option<&str>,
    parse: impl Fn(&str) -> Result<T, E>,
    violations: &mut Vec<Violation>,
) -> Option<Vec<T>> {
    let Value::Array(items) = value else {
        if !value.is_null() {
            violations.push(Violation::body_not_list(member, echo(&value)));
        }
        return None;
    };
    let mut taken = Vec::new();
    let most = violations.len() + MOST_VIOLATIONS;
    for (index, item) in items.iter().enumerate() {
        if violations.len() >= most {
            break;
        }
        let Value::String(text) = item else {
            violations.push(Violation::item_not_text(member, index, echo(item)));
            continue;
        };
        match parse(text) {
            Ok(item) => taken.push(item),
            Err(error) => {
                let reason = error.to_string();
                violations.push(Violation::item_not_fit(member, index, text, &reason));
            }
        }
    }
    Some(taken)
}
