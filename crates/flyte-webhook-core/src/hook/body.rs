//! The shapes in which a body holds its payload.
//!
//! What a body is shows in its first byte, not in `Content-Type`, which no
//! signature covers: JSON begins with a bracket, which a form would escape.

use indexmap::IndexMap;

use crate::json::{self, Object, Value};

/// The most fields of a form. Slack sends less than twenty.
const MOST_FIELDS: usize = 1000;

/// What one body may hold.
pub const LIMITS: json::Limits = json::Limits {
    depth: 64,
    elements: 250_000,
};

/// Why a body holds no payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not JSON.
    #[error("the body is not JSON that can be used: {0}")]
    Json(#[from] json::Error),
    /// It is no form.
    #[error("the body is neither JSON nor a form")]
    NotForm,
    /// It is a form, and this provider sends none.
    #[error("the body is a form, which this provider does not send")]
    NotJson,
    /// A field is there twice.
    #[error("the form has a field more than once")]
    Repeated,
    /// There are more fields than any sender sends.
    #[error("the form has more than {limit} fields")]
    TooManyFields { limit: usize },
}

/// What a body is.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// JSON: always an object, since what is none is put into one as `data`.
    Json(Value),
    /// The fields of a form.
    Form(IndexMap<String, String>),
}

impl Body {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        match form(body) {
            Some(form) => form.map(Self::Form),
            None => object(body).map(Self::Json),
        }
    }
}

/// Reads JSON, where it is no object as `{"data": …}`, and nothing as `{}`.
pub fn object(text: &[u8]) -> Result<Value, Error> {
    if text.is_empty() {
        return Ok(Value::Object(Object::new()));
    }
    let value = json::parse_strict(text, &LIMITS)?;
    if value.as_object().is_some() {
        return Ok(value);
    }
    let wrapped = [("data".to_owned(), value)];
    Ok(Value::Object(wrapped.into_iter().collect()))
}

/// The fields of a body that is a form.
fn form(body: &[u8]) -> Option<Result<IndexMap<String, String>, Error>> {
    let body = body.trim_ascii_start();
    let first = body.split(|byte| *byte == b'&').next()?;
    let is_form = !body.starts_with(b"{") && !body.starts_with(b"[") && first.contains(&b'=');
    (is_form && !body.starts_with(b"\"")).then(|| fields(body))
}

fn fields(body: &[u8]) -> Result<IndexMap<String, String>, Error> {
    std::str::from_utf8(body).or(Err(Error::NotForm))?;
    let mut fields = IndexMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if fields.len() == MOST_FIELDS {
            return Err(Error::TooManyFields { limit: MOST_FIELDS });
        }
        if fields
            .insert(name.into_owned(), value.into_owned())
            .is_some()
        {
            return Err(Error::Repeated);
        }
    }
    Ok(fields)
}

/// A form as a payload: an object of texts.
pub fn texts(fields: IndexMap<String, String>) -> Value {
    let text = |(name, value)| (name, Value::String(value));
    Value::Object(fields.into_iter().map(text).collect())
}
