//! `demo.echo`: one input of every kind, returned in the same order.

use buffa_types::google::protobuf::{Duration, Timestamp};
use flyte_idl::flyteidl2::core::{Literal, SimpleType};
use flyte_idl::flyteidl2::task::NamedLiteral;

use super::Error;
use super::interface::{Signature, Type, named};
use super::value::{Inputs, Value, empty_object, list, map, primitive, string};

/// The inputs in the order of the outputs `o0` to `o8`.
fn inputs() -> [(&'static str, Type, Literal); 9] {
    let one = || primitive(Value::Integer(1));
    let moment = Timestamp {
        seconds: 1_767_225_600,
        ..Default::default()
    };
    let span = Duration {
        seconds: 90,
        ..Default::default()
    };
    [
        ("integer", Type::Simple(SimpleType::Integer), one()),
        (
            "float",
            Type::Simple(SimpleType::Float),
            primitive(Value::FloatValue(0.5)),
        ),
        ("string", Type::Simple(SimpleType::String), string("text")),
        (
            "boolean",
            Type::Simple(SimpleType::Boolean),
            primitive(Value::Boolean(true)),
        ),
        (
            "datetime",
            Type::Simple(SimpleType::Datetime),
            primitive(moment.into()),
        ),
        (
            "duration",
            Type::Simple(SimpleType::Duration),
            primitive(span.into()),
        ),
        (
            "list",
            Type::List(SimpleType::String),
            list(vec![string("a"), string("b")]),
        ),
        (
            "map",
            Type::Map(SimpleType::Integer),
            map([("one".to_owned(), one())]),
        ),
        ("object", Type::Simple(SimpleType::Struct), empty_object()),
    ]
}

pub(super) fn signature() -> Signature {
    let start = Signature::new("echo", "Returns its inputs, one of every kind.");
    inputs()
        .into_iter()
        .fold(start, |signature, (name, kind, default)| {
            signature.optional(name, kind, default).output(kind)
        })
}

pub(super) fn run(given: Inputs<'_>) -> Result<Vec<NamedLiteral>, Error> {
    let values = inputs().into_iter().enumerate();
    values
        .map(|(index, (name, _, _))| Ok(named(&format!("o{index}"), given.literal(name)?)))
        .collect()
}
