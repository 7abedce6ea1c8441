//! The shapes in which a body holds its payload.
//!
//! What a body is shows in its first byte, not in `Content-Type`, which no
//! signature covers: JSON begins with a bracket, which a form would escape.

use indexmap::IndexMap;

use crate::json::{self, Document, Object, Text, Value};

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
pub enum Body<'a> {
    /// JSON: always an object, since what is none is put into one as `data`.
    Json(Document<'a>),
    /// The fields of a form.
    Form(IndexMap<String, String>),
}

impl<'a> Body<'a> {
    /// Reads a body.
    pub fn read(body: &'a [u8]) -> Result<Self, Error> {
        match form(body) {
            Some(form) => form.map(Self::Form),
            None => object(body).map(Self::Json),
        }
    }
}

/// Reads JSON, where it is no object as `{"data": …}`, and nothing as `{}`.
pub fn object(text: &[u8]) -> Result<Document<'_>, Error> {
    if text.is_empty() {
        return Ok(Document::from(&Value::Object(Object::default())));
    }
    let document = Document::parse(text, &LIMITS)?;
    if document.root().is_object() {
        return Ok(document);
    }
    let wrapped = [("data".to_owned(), document.root().value())];
    Ok(Document::from(&Value::Object(
        wrapped.into_iter().collect(),
    )))
}

/// The fields of a body that is a form.
pub(super) fn form(body: &[u8]) -> Option<Result<IndexMap<String, String>, Error>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let body = body.trim_ascii_start();
    if matches!(body.first()?, b'{' | b'[' | b'"') {
        return None;
    }
    let first = body.split(|byte| *byte == b'&').next()?;
    first.contains(&b'=').then(|| fields(body))
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
pub fn texts(fields: IndexMap<String, String>) -> Document<'static> {
    let text = |(name, value)| (name, Value::String(Text::from(value)));
    Document::from(&Value::Object(fields.into_iter().map(text).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Vec<(String, String)> {
        match Body::read(body.as_bytes()) {
            Ok(Body::Form(fields)) => fields.into_iter().collect(),
            other => panic!("{body}: {other:?}"),
        }
    }

    fn json(body: &str) -> String {
        match Body::read(body.as_bytes()) {
            Ok(Body::Json(it)) => serde_json::to_string(&it.root().value()).unwrap(),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn the_first_byte_tells_json_from_a_form() {
        assert_eq!(json("{\"a=b&c\": 1}"), "{\"a=b&c\":1}");
        assert_eq!(json(" \n{\"a\": \"b=c\"}"), "{\"a\":\"b=c\"}");
        assert_eq!(json("\u{feff}{\"a\": \"b=c\"}"), "{\"a\":\"b=c\"}");
        assert_eq!(json("[\"a=b\"]"), "{\"data\":[\"a=b\"]}");
        assert_eq!(json("\"a=b\""), "{\"data\":\"a=b\"}");
        assert_eq!(json("1"), "{\"data\":1}");
        assert_eq!(json(""), "{}");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form("a=b&c"), [pair("a", "b"), pair("c", "")]);
        assert_eq!(form("a=%7B+%C3%A9&=x"), [pair("a", "{ é"), pair("", "x")]);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let refused = |body: &[u8]| Body::read(body).unwrap_err();
        for body in [
            "{\"a\": 1, \"a\": 2}",
            "{\"a\": {\"b\": 1, \"\\u0062\": 1}}",
            "{\"a\": NaN}",
            "[-Infinity]",
            "[1e999]",
            "{\"a\": 1} {}",
            "{'a': 1}",
            "a",
        ] {
            let error = refused(body.as_bytes());
            assert!(
                matches!(error, Error::Json(json::Error::Syntax { .. })),
                "{body}: {error}"
            );
        }
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(refused(&utf16), Error::Json(_)));
        assert_eq!(refused(b"a=1&a=1"), Error::Repeated);
        assert_eq!(refused(b"a=\xff"), Error::NotForm);
    }

    #[test]
    fn half_of_a_pair_is_no_reason_to_lose_an_event() {
        assert_eq!(json("{\"a\": \"cut \\ud83d\"}"), "{\"a\":\"cut \u{fffd}\"}");
    }

    #[test]
    fn bodies_are_bounded() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Body::read(nested(LIMITS.depth).as_bytes()).is_ok());
        let limit = LIMITS.depth;
        let deep = nested(limit + 1);
        let deep = Body::read(deep.as_bytes());
        assert_eq!(deep, Err(Error::Json(json::Error::TooDeep { limit })));
        let limit = LIMITS.elements;
        let many = format!("[{}1]", "1,".repeat(limit));
        let large = Body::read(many.as_bytes());
        assert_eq!(large, Err(Error::Json(json::Error::TooLarge { limit })));
        let fields = |count: usize| {
            let fields: Vec<_> = (0..count).map(|n| format!("a{n}=&")).collect();
            fields.concat()
        };
        assert_eq!(form(&fields(MOST_FIELDS)).len(), MOST_FIELDS);
        let limit = MOST_FIELDS;
        let many = fields(limit + 1);
        let many = Body::read(many.as_bytes());
        assert_eq!(many, Err(Error::TooManyFields { limit }));
    }
}
