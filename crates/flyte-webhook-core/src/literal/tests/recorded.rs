//! What the reference made of the same types and values, recorded from flyte 2.12.1.

use buffa::Message;
use data_encoding::BASE64;
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, literal_type::Type, scalar},
    Literal, LiteralType,
};
use serde::Deserialize;

use super::super::{
    from_json, inputs_from_json,
    shape::Shape,
    to_json,
    walk::{Walk, output_budget},
};
use super::json;
use crate::json::{Object, Value};

const INPUTS: &str = include_str!("../../../tests/vectors/inputs.json");
const OUTPUTS: &str = include_str!("../../../tests/vectors/outputs.json");

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct InputCase {
    kind: String,
    literal_type: String,
    accepted: Vec<Accepted>,
    /// Texts, or nothing for an absent input.
    rejected: Vec<Option<String>>,
}

#[derive(Deserialize)]
struct Accepted {
    json: String,
    literals: Vec<String>,
}

#[derive(Deserialize)]
struct OutputCase {
    kind: String,
    literal_type: String,
    literal: String,
    status: u16,
    body: String,
}

fn decode<M: Message>(base64: &str) -> M {
    M::decode_from_slice(&BASE64.decode(base64.as_bytes()).unwrap()).unwrap()
}

fn scalar_of(literal: &Literal) -> Option<&scalar::Value> {
    match literal.value.as_ref() {
        Some(literal::Value::Scalar(scalar)) => scalar.value.as_ref(),
        _ => None,
    }
}

/// Whether two literals are the same, apart from the order in which a struct's
/// fields are stored and from the type written in a union.
fn same(ours: &Literal, recorded: &Literal) -> bool {
    match (scalar_of(ours), scalar_of(recorded)) {
        (Some(scalar::Value::Union(ours)), Some(scalar::Value::Union(recorded))) => {
            same(&ours.value, &recorded.value)
        }
        (Some(scalar::Value::Binary(ours)), Some(scalar::Value::Binary(recorded))) => {
            ours.tag == recorded.tag && unordered(&ours.value) == unordered(&recorded.value)
        }
        (None, None) => match (ours.value.as_ref(), recorded.value.as_ref()) {
            (
                Some(literal::Value::Collection(ours)),
                Some(literal::Value::Collection(recorded)),
            ) => {
                let pairs = ours.literals.iter().zip(&recorded.literals);
                ours.literals.len() == recorded.literals.len()
                    && pairs
                        .into_iter()
                        .all(|(ours, recorded)| same(ours, recorded))
            }
            (Some(literal::Value::Map(ours)), Some(literal::Value::Map(recorded))) => {
                let same_value = |(name, value): (&String, &Literal)| {
                    recorded
                        .literals
                        .get(name)
                        .is_some_and(|recorded| same(value, recorded))
                };
                ours.literals.len() == recorded.literals.len()
                    && ours.literals.iter().all(same_value)
            }
            _ => false,
        },
        // The encoding tells `-0.0` from `0.0` and takes a NaN for itself.
        _ => ours.encode_to_vec() == recorded.encode_to_vec(),
    }
}

/// `MessagePack` with the members of maps sorted.
fn unordered(bytes: &[u8]) -> String {
    fn sorted(value: rmpv::Value) -> rmpv::Value {
        match value {
            rmpv::Value::Map(members) => {
                let mut members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| (name, sorted(value)))
                    .collect();
                members.sort_by_key(|(name, _)| name.to_string());
                rmpv::Value::Map(members)
            }
            rmpv::Value::Array(items) => {
                rmpv::Value::Array(items.into_iter().map(sorted).collect())
            }
            leaf @ (rmpv::Value::Nil
            | rmpv::Value::Boolean(_)
            | rmpv::Value::Integer(_)
            | rmpv::Value::F32(_)
            | rmpv::Value::F64(_)
            | rmpv::Value::String(_)
            | rmpv::Value::Binary(_)
            | rmpv::Value::Ext(..)) => leaf,
        }
    }
    let value = rmpv::decode::read_value(&mut &*bytes).unwrap();
    format!("{:?}", sorted(value))
}

fn has_pickled_part(literal_type: &LiteralType) -> bool {
    let shape = Shape::of(literal_type, Walk::new(&output_budget())).unwrap();
    if let Shape::Map(item) | Shape::List(item) = &shape {
        return matches!(**item, Shape::Pickled);
    }
    matches!(shape, Shape::Pickled)
}

#[test]
fn what_the_reference_accepts_becomes_the_literal_that_it_recorded() {
    let vectors: Vectors<InputCase> = serde_json::from_str(INPUTS).unwrap();
    assert_eq!(vectors.cases.len(), 69);
    for case in vectors.cases {
        let literal_type: LiteralType = decode(&case.literal_type);
        for Accepted {
            json: text,
            literals,
        } in case.accepted
        {
            let ours = from_json(&literal_type, &json(&text));
            let context = format!("{}: {text}", case.kind);
            let recorded: Vec<Literal> = literals.iter().map(|it| decode(it)).collect();
            match ours {
                Ok(ours) => {
                    assert!(
                        recorded.iter().any(|it| same(&ours, it)),
                        "{context}: {ours:?}"
                    );
                }
                // The reference pickles these.
                Err(errors) => {
                    assert!(has_pickled_part(&literal_type), "{context}: {errors:?}");
                    assert_eq!(errors[0].kind(), "unsupported_type", "{context}");
                }
            }
        }
    }
}

/// Why a value that the reference refuses is accepted here, if it is.
fn wider_acceptance(literal_type: &LiteralType, value: &Value) -> Option<&'static str> {
    use super::super::schema::{Node, Schema};

    fn in_shape(shape: &Shape<'_>, value: &Value) -> Option<&'static str> {
        match (shape, value) {
            (Shape::Float, Value::Int(_) | Value::BigInt(_)) => Some("integer for a float"),
            (Shape::Datetime, Value::String(_)) => Some("ISO 8601 datetime"),
            (Shape::Duration, Value::String(_)) => Some("ISO 8601 duration"),
            (Shape::Duration, Value::Int(_) | Value::Float(_)) => Some("number of seconds"),
            (Shape::Blob(_) | Shape::Dataset(_), Value::String(_)) => Some("URI for a file"),
            (Shape::Blob(_) | Shape::Dataset(_), Value::Object(_)) => Some("object for a file"),
            (Shape::List(item), Value::Array(items)) => {
                items.iter().find_map(|value| in_shape(item, value))
            }
            (Shape::Map(item), Value::Object(members)) => {
                members.values().find_map(|value| in_shape(item, value))
            }
            (Shape::Union(variants), value) => variants
                .iter()
                .find_map(|variant| in_shape(&variant.shape, value)),
            (Shape::Record(schema), value) => in_node(schema, &schema.root, value),
            _ => None,
        }
    }

    fn in_node(schema: &Schema, node: &Node, value: &Value) -> Option<&'static str> {
        match (node, value) {
            (Node::Number { .. }, Value::Int(_) | Value::BigInt(_)) => Some("integer for a float"),
            (Node::Number { duration: true }, Value::String(_)) => Some("ISO 8601 duration"),
            (Node::String { duration: true }, Value::Int(_) | Value::Float(_)) => {
                Some("number of seconds")
            }
            (Node::AnyOf(_), Value::Null) => Some("null for an optional field"),
            (Node::Record(record), Value::String(_)) if record.is_file => Some("URI for a file"),
            (Node::Record(record), Value::Array(_)) if record.is_tuple() => {
                Some("list for a tuple")
            }
            (Node::Record(record), Value::Object(members)) => {
                if record.is_file && members.contains_key("uri") {
                    return Some("object for a file");
                }
                members.iter().find_map(|(name, value)| {
                    in_node(schema, &record.fields.get(name)?.node, value)
                })
            }
            (Node::Ref(name), value) => in_node(schema, schema.resolve(name).unwrap(), value),
            _ => None,
        }
    }

    in_shape(
        &Shape::of(literal_type, Walk::new(&output_budget())).unwrap(),
        value,
    )
}

#[test]
fn what_the_reference_refuses_is_refused_or_a_documented_widening() {
    let vectors: Vectors<InputCase> = serde_json::from_str(INPUTS).unwrap();
    let mut used = std::collections::BTreeSet::new();
    for case in vectors.cases {
        let literal_type: LiteralType = decode(&case.literal_type);
        for text in case.rejected {
            let Some(text) = text else {
                assert_eq!(absent(&literal_type), "missing", "{}", case.kind);
                continue;
            };
            let value = json(&text);
            let context = format!("{}: {text}", case.kind);
            if let Ok(literal) = from_json(&literal_type, &value) {
                let reason = wider_acceptance(&literal_type, &value);
                used.insert(reason.unwrap_or_else(|| panic!("{context}: {literal:?}")));
            }
        }
    }
    let widenings = [
        "ISO 8601 datetime",
        "ISO 8601 duration",
        "URI for a file",
        "integer for a float",
        "null for an optional field",
        "number of seconds",
        "object for a file",
    ];
    assert_eq!(Vec::from_iter(used), widenings);
}

/// What an absent input is called.
fn absent(literal_type: &LiteralType) -> &'static str {
    let interface = super::inputs::interface(&[("x", literal_type.clone())]);
    inputs_from_json(&interface, &[], &Object::default()).unwrap_err()[0].kind()
}

/// Entries of `docs/PARITY.md` that say why an output is shown otherwise.
fn parity_entry(literal_type: &LiteralType) -> Option<&'static str> {
    has_pickled_part(literal_type).then_some("output-pickled")
}

#[test]
fn outputs_are_shown_as_the_reference_shows_them() {
    let vectors: Vectors<OutputCase> = serde_json::from_str(OUTPUTS).unwrap();
    assert_eq!(vectors.cases.len(), 51);
    let mut excepted = Vec::new();
    for case in vectors.cases {
        let literal_type: LiteralType = decode(&case.literal_type);
        let ours = to_json(&literal_type, &decode(&case.literal)).unwrap();
        if case.status != 200 {
            continue;
        }
        let body: serde_json::Value = serde_json::from_str(&case.body).unwrap();
        let recorded = &body["outputs"]["o0"];
        match parity_entry(&literal_type) {
            None => assert_eq!(&ours, recorded, "{}", case.kind),
            Some(entry) => {
                assert_ne!(&ours, recorded, "{}: {entry} excepts nothing", case.kind);
                excepted.push((case.kind, entry));
            }
        }
    }
    let kinds: Vec<_> = excepted
        .iter()
        .map(|(kind, entry)| (kind.as_str(), *entry))
        .collect();
    assert_eq!(
        kinds,
        [
            ("dict_str_any", "output-pickled"),
            ("any", "output-pickled"),
            ("custom", "output-pickled"),
        ]
    );
}

#[test]
fn unions_are_written_with_the_type_of_the_interface() {
    let vectors: Vectors<InputCase> = serde_json::from_str(INPUTS).unwrap();
    let case = vectors
        .cases
        .iter()
        .find(|case| case.kind == "opt_int")
        .unwrap();
    let literal_type: LiteralType = decode(&case.literal_type);
    let Some(Type::UnionType(declared)) = &literal_type.r#type else {
        unreachable!()
    };
    let literal = from_json(&literal_type, &json("1")).unwrap();
    let Some(scalar::Value::Union(union)) = scalar_of(&literal) else {
        unreachable!()
    };
    assert_eq!(union.r#type.as_option(), declared.variants.first());
}
