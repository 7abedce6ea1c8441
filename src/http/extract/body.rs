//! Request bodies, read whole and then taken as what an endpoint expects.

mod budget;
mod inputs;
mod read;
mod segments;
mod texts;

use axum::extract::Request;
use bytes::Bytes;
use flyte_webhook_core::json::{self, Object, Value};
use http::{HeaderMap, header::CONTENT_TYPE};

pub(super) use self::read::read;
pub use self::{
    budget::BodyBudget,
    inputs::Inputs,
    read::Whole,
    texts::{TextList, text_list},
};
use crate::http::{Api, Problem, Violation};

/// What a request's body is.
pub enum Content {
    /// There is none.
    Absent,
    /// JSON under a JSON media type.
    Json(Value),
    /// Anything under another media type.
    Other(Bytes),
}

/// What can be taken from a body.
pub trait FromBody: Sized {
    /// Takes what the endpoint expects; adds what does not fit.
    fn from_body(body: Content, violations: &mut Vec<Violation>) -> Self;
}

impl Content {
    /// Reads a request's body; what is no JSON is refused before anything else
    /// about the request is judged.
    pub(super) async fn of(request: Request, api: &Api) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let is_json = is_json(&parts.headers);
        let body = read(&parts.headers, body, api, api.max_body_bytes).await?;
        if body.bytes.is_empty() {
            return Ok(Self::Absent);
        }
        if !is_json {
            return Ok(Self::Other(body.bytes));
        }
        json::parse(&body.bytes, &api.json_limits)
            .map(Self::Json)
            .map_err(unreadable)
    }

    /// The members of a body that holds several parameters side by side, all of
    /// which may be left out. As FastAPI has it, a body of another media type
    /// is none, and one that is no object lacks them all.
    pub fn members(self, names: &[&str], violations: &mut Vec<Violation>) -> Object {
        match self {
            Self::Json(Value::Object(members)) => members,
            Self::Json(_) => {
                let missing = names.iter().map(|name| Violation::member_missing(name));
                violations.extend(missing);
                Object::default()
            }
            Self::Absent | Self::Other(_) => Object::default(),
        }
    }
}

/// Takes a member that is an object, or null, or absent.
pub fn object_member(
    members: &mut Object,
    name: &str,
    violations: &mut Vec<Violation>,
) -> Option<Object> {
    let value = members.shift_remove(name)?;
    if let Value::Object(object) = value {
        return Some(object);
    }
    if !value.is_null() {
        violations.push(Violation::member_not_object(name, echo(&value)));
    }
    None
}

/// `application/json` and `application/*+json`, with any parameters.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| match essence.strip_prefix("application/") {
        Some(subtype) => subtype == "json" || subtype.ends_with("+json"),
        None => false,
    })
}

/// What was given instead, if it can be repeated.
fn echo(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn unreadable(error: json::Error) -> Problem {
    match error {
        json::Error::Syntax { offset, message } => {
            Problem::Invalid(vec![Violation::body_not_json(offset, message)])
        }
        json::Error::Unreadable { .. } | json::Error::NumberTooLong { .. } => {
            Problem::BodyUnreadable
        }
        json::Error::LoneSurrogate { .. }
        | json::Error::TooDeep { .. }
        | json::Error::TooLarge { .. } => Problem::BodyRefused(error),
    }
}
