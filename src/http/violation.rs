//! What does not fit in a request, in the shape that clients of FastAPI know.

use std::iter;

use flyte_webhook_core::literal;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The longest value that is repeated to the caller, in bytes of JSON.
const LONGEST_ECHO: usize = 1024;

/// One thing in a request that does not fit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Violation {
    /// A stable word for the kind of mistake.
    #[serde(rename = "type")]
    kind: String,
    /// Where it is: `path`, `query` or `body`, then names and indices.
    #[schema(value_type = Vec<Value>, example = json!(["body", "x"]))]
    loc: Vec<Segment>,
    /// What is wrong and what is accepted.
    msg: String,
    /// The value that was given; left out where it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    /// More about the mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

/// A step of a violation's place.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Segment {
    Name(String),
    Index(usize),
}

fn name(text: &str) -> Segment {
    Segment::Name(text.to_owned())
}

impl Violation {
    /// A required body that is not there.
    pub fn body_missing() -> Self {
        Self::new("missing", vec![name("body")], "Field required").input(Value::Null)
    }

    /// A body that is no JSON object.
    pub fn body_not_object(input: Value) -> Self {
        let msg = "Input should be a valid dictionary";
        Self::new("dict_type", vec![name("body")], msg).input(input)
    }

    /// A body that is no JSON, with the offset in characters where reading it
    /// failed.
    pub fn body_not_json(offset: usize, reason: &str) -> Self {
        let loc = vec![name("body"), Segment::Index(offset)];
        Self {
            ctx: Some(json!({ "error": reason })),
            ..Self::new("json_invalid", loc, "JSON decode error").input(json!({}))
        }
    }

    /// A query parameter that is no name.
    pub fn query_not_name(parameter: &str, given: &str, reason: &str) -> Self {
        let loc = vec![name("query"), name(parameter)];
        Self::new("value_error", loc, reason).input(given.into())
    }

    /// A query parameter that is no number of seconds.
    pub fn query_not_seconds(parameter: &str, given: &str) -> Self {
        let loc = vec![name("query"), name(parameter)];
        let (kind, msg) = match given.parse::<i128>() {
            Ok(_) => (
                "greater_than_equal",
                "Input should be greater than or equal to 0",
            ),
            Err(_) => (
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
        };
        Self {
            ctx: (kind == "greater_than_equal").then(|| json!({ "ge": 0 })),
            ..Self::new(kind, loc, msg).input(given.into())
        }
    }

    fn new(kind: &str, loc: Vec<Segment>, msg: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            loc,
            msg: msg.to_owned(),
            input: None,
            ctx: None,
        }
    }

    fn input(mut self, input: Value) -> Self {
        self.input = (input.to_string().len() <= LONGEST_ECHO).then_some(input);
        self
    }
}

impl From<literal::Error> for Violation {
    fn from(error: literal::Error) -> Self {
        let path = error.loc().iter().map(|segment| match segment {
            literal::Segment::Key(key) => Segment::Name(key.clone()),
            literal::Segment::Index(index) => Segment::Index(*index),
        });
        let loc = iter::once(name("body")).chain(path).collect();
        let input = error
            .input()
            .and_then(|input| serde_json::to_value(input).ok());
        Self {
            input,
            ctx: error.ctx(),
            ..Self::new(error.kind(), loc, &error.message())
        }
    }
}
