//! What does not fit in a request, in the shape that clients of FastAPI know.

use flyte_webhook_core::literal;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The longest value that is repeated to the caller, in bytes of JSON.
const LONGEST_ECHO: usize = 1024;

/// One thing in a request that does not fit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ValidationError)]
pub struct Violation {
    /// A stable word for the kind of mistake.
    #[serde(rename = "type")]
    #[schema(example = "missing")]
    kind: String,
    /// Where it is: `path`, `query`, `header` or `body`, then names and indices.
    #[schema(inline, example = json!(["body", "x"]))]
    loc: Vec<Segment>,
    /// What is wrong and what is accepted.
    #[schema(example = "Field required")]
    msg: String,
    /// The value that was given; left out where it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    /// More about the mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

/// A step of a violation's place.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
enum Segment {
    Name(String),
    Index(usize),
}

fn name(text: &str) -> Segment {
    Segment::Name(text.to_owned())
}

fn body(member: Option<&str>, index: Option<usize>) -> Vec<Segment> {
    let member = member.map(name);
    let index = index.map(Segment::Index);
    [Some(name("body")), member, index]
        .into_iter()
        .flatten()
        .collect()
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

    /// A member of a body that is no object and so has none.
    pub fn member_missing(member: &str) -> Self {
        let loc = vec![name("body"), name(member)];
        Self::new("missing", loc, "Field required").input(Value::Null)
    }

    /// A member of a body that should be an object.
    pub fn member_not_object(member: &str, input: Value) -> Self {
        let loc = vec![name("body"), name(member)];
        Self::new("dict_type", loc, "Input should be a valid dictionary").input(input)
    }

    /// A body, or a member of it, that should be a list.
    pub fn body_not_list(member: Option<&str>, input: Value) -> Self {
        let loc = body(member, None);
        Self::new("list_type", loc, "Input should be a valid list").input(input)
    }

    /// A body that makes no sense for another reason.
    pub fn body_not_fit(reason: &str) -> Self {
        Self::new("value_error", body(None, None), reason)
    }

    /// An item of a list that should be a text.
    pub fn item_not_text(member: Option<&str>, index: usize, input: Value) -> Self {
        let loc = body(member, Some(index));
        Self::new("string_type", loc, "Input should be a valid string").input(input)
    }

    /// An item of a list that makes no sense for another reason.
    pub fn item_not_fit(member: Option<&str>, index: usize, input: &str, reason: &str) -> Self {
        let msg = format!("it {reason}");
        Self::new("value_error", body(member, Some(index)), &msg).input(input.into())
    }

    /// A header that makes no sense.
    pub fn header_not_fit(header: &str, reason: &str) -> Self {
        let loc = vec![name("header"), name(header)];
        Self::new("value_error", loc, &format!("it {reason}"))
    }

    /// A query parameter that must be there.
    pub fn query_missing(parameter: &str) -> Self {
        let loc = vec![name("query"), name(parameter)];
        Self::new("missing", loc, "Field required").input(Value::Null)
    }

    /// A query parameter that should be a switch.
    pub fn query_not_bool(parameter: &str, given: &str) -> Self {
        let msg = "Input should be a valid boolean, unable to interpret input";
        Self::query("bool_parsing", parameter, given, msg)
    }

    /// A query parameter that should be a whole number.
    pub fn query_not_int(parameter: &str, given: &str) -> Self {
        let msg = "Input should be a valid integer, unable to parse string as an integer";
        Self::query("int_parsing", parameter, given, msg)
    }

    /// A query parameter that is none of the words that are known.
    pub fn query_not_among(parameter: &str, given: &str, words: &[&str]) -> Self {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let expected = match quoted.as_slice() {
            [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            one => one.concat(),
        };
        let msg = format!("Input should be {expected}");
        Self {
            ctx: Some(json!({ "expected": expected })),
            ..Self::query("enum", parameter, given, &msg)
        }
    }

    /// A query parameter that makes no sense for another reason.
    pub fn query_not_fit(parameter: &str, given: &str, reason: &str) -> Self {
        let msg = format!("{parameter} {reason}");
        Self::query("value_error", parameter, given, &msg)
    }

    /// A query parameter that is no name.
    pub fn query_not_name(parameter: &str, given: &str, reason: &str) -> Self {
        Self::query("value_error", parameter, given, reason)
    }

    fn query(kind: &str, parameter: &str, given: &str, msg: &str) -> Self {
        let loc = vec![name("query"), name(parameter)];
        Self::new(kind, loc, msg).input(given.into())
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
        Self::of_input(&["body"], &error, error.loc())
    }
}

impl Violation {
    /// What is wrong with an input that was given at this place, and `within` it.
    pub fn of_input(place: &[&str], error: &literal::Error, within: &[literal::Segment]) -> Self {
        let path = within.iter().map(|segment| match segment {
            literal::Segment::Key(key) => Segment::Name(key.clone()),
            literal::Segment::Index(index) => Segment::Index(*index),
        });
        let place = place.iter().map(|word| name(word));
        let loc = place.chain(path).collect();
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
