use buffa::Message;
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, literal_type::Type, scalar},
    Binary, BlobType, Literal, LiteralCollection, LiteralType, SimpleType,
};
use serde_json::json;

use super::super::{from_json, scalar::literal as of_scalar, to_json, to_json_lossy};
use super::{dataclass, json as parsed, list, map, of, optional, pydantic, simple, union};
use crate::json::Value;

pub(super) fn stored(bytes: &[u8]) -> Literal {
    let binary = Binary {
        value: bytes.to_vec(),
        tag: "msgpack".to_owned(),
        ..Binary::default()
    };
    of_scalar(scalar::Value::Binary(Box::new(binary)))
}

pub(super) fn shown(bytes: &[u8]) -> serde_json::Value {
    let shown = to_json(&simple(SimpleType::STRUCT), &stored(bytes));
    shown.unwrap_or_else(|error| json!(error.kind()))
}

pub(super) fn refused(literal_type: &LiteralType, value: &Value) -> &'static str {
    from_json(literal_type, value).unwrap_err()[0].kind()
}

#[test]
fn bad_messagepack_is_an_error_and_never_a_large_allocation() {
    let cases: [&[u8]; 12] = [
        b"",
        b"\xc1",
        b"\xa5abc",
        b"\x81\xa1a",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\x01",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff\x00",
        b"\xc9\xff\xff\xff\xff\x00",
        b"\xcb\x00",
        b"\xd8\x01",
        b"\x01\x02",
    ];
    for bytes in cases {
        assert_eq!(shown(bytes), json!("literal_invalid"), "{bytes:?}");
    }
}

#[test]
fn messagepack_nested_beyond_the_stack_is_an_error() {
    assert_eq!(shown(&[0x91].repeat(10_000_000)), json!("too_deep"));
    assert_eq!(shown(&b"\x81\xa1a".repeat(1_000_000)), json!("too_deep"));
    // As a key too.
    assert_eq!(shown(&[0x81].repeat(1_000_000)), json!("too_deep"));
}

#[test]
fn messagepack_of_more_values_than_the_bound_is_an_error() {
    let mut bytes = vec![0xdd, 0x00, 0x20, 0x00, 0x00];
    bytes.resize(5 + 0x20_0000, 0xc0);
    assert_eq!(shown(&bytes), json!("too_large"));
}

#[test]
fn messagepack_that_json_cannot_say_is_shown_as_near_as_it_can() {
    assert_eq!(shown(b"\x81\x01\xa1a"), json!({"1": "a"}));
    assert_eq!(
        shown(b"\x82\xc0\x01\xc3\x02"),
        json!({"null": 1, "true": 2})
    );
    assert_eq!(shown(b"\x81\x91\x01\x02"), json!({"[1]": 2}));
    assert_eq!(
        shown(b"\x81\xcb\x3f\xf8\0\0\0\0\0\0\x01"),
        json!({"1.5": 1})
    );
    assert_eq!(shown(b"\x82\xa1a\x01\xa1a\x02"), json!({"a": 2}));
    assert_eq!(shown(b"\xcb\x7f\xf8\0\0\0\0\0\0"), json!("NaN"));
    assert_eq!(shown(b"\xca\xff\x80\0\0"), json!("-Infinity"));
    assert_eq!(
        shown(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
        json!(u64::MAX)
    );
    assert_eq!(shown(b"\xd3\x80\0\0\0\0\0\0\0"), json!(i64::MIN));
    assert_eq!(shown(b"\xc4\x02\x00\xff"), json!("AP8="));
    assert_eq!(shown(b"\xa2\x00\xff"), json!("AP8="));
    assert_eq!(shown(b"\xc4\x02hi"), json!("hi"));
    assert_eq!(shown(b"\xd5\x05xx"), json!([5, "xx"]));
    assert_eq!(shown(b"\xff"), json!(-1));
}

#[test]
fn types_nested_beyond_the_bound_are_an_error() {
    let mut literal_type = simple(SimpleType::INTEGER);
    for _ in 0..65 {
        literal_type = list(literal_type);
    }
    assert_eq!(refused(&literal_type, &parsed("[]")), "too_deep");
}

#[test]
fn literals_nested_beyond_the_bound_are_an_error() {
    let mut literal = from_json(&simple(SimpleType::INTEGER), &parsed("1")).unwrap();
    for _ in 0..300 {
        let collection = LiteralCollection {
            literals: vec![literal],
            ..LiteralCollection::default()
        };
        let value = Some(literal::Value::Collection(Box::new(collection)));
        literal = Literal {
            value,
            ..Literal::default()
        };
    }
    let shown = to_json_lossy(&simple(SimpleType::INTEGER), &literal);
    assert!(
        shown["error"]
            .as_str()
            .unwrap()
            .ends_with(": Values nest too deep")
    );
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let cycle = pydantic(json!({
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"anyOf": [{"$ref": "#/$defs/A"}]}},
        "$ref": "#/$defs/A",
    }));
    assert_eq!(refused(&cycle, &parsed("{}")), "too_deep");
    assert_eq!(to_json(&cycle, &stored(b"\x80")), Ok(json!({})));
}

#[test]
fn a_schema_whose_defaults_contain_itself_ends() {
    let field = json!({"$ref": "#/$defs/A", "default": {}});
    let twice = json!({
        "$defs": {"A": {"type": "object", "title": "A", "properties": {"x": field, "y": field}}},
        "$ref": "#/$defs/A",
    });
    assert_eq!(
        refused(&pydantic(twice.clone()), &parsed("{}")),
        "too_large"
    );
    assert!(to_json(&pydantic(twice), &stored(b"\x80")).is_ok());
}

#[test]
fn alternatives_that_multiply_end() {
    let twice = json!([{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}]);
    let schema = pydantic(json!({
        "$defs": {"A": {"anyOf": [{"type": "array", "items": {"anyOf": twice}}, {"type": "integer"}]}},
        "$ref": "#/$defs/A",
    }));
    let deep = format!("{}\"x\"{}", "[".repeat(60), "]".repeat(60));
    assert_eq!(refused(&schema, &parsed(&deep)), "too_large");

    let mut nested = simple(SimpleType::INTEGER);
    for _ in 0..30 {
        nested = union(vec![list(nested.clone()), map(simple(SimpleType::STRING))]);
    }
    let deep = format!("{}\"x\"{}", "[".repeat(60), "]".repeat(60));
    assert!(from_json(&nested, &parsed(&deep)).is_err());
}

#[test]
fn a_reference_to_nothing_is_named() {
    let schema = pydantic(json!({
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/Gone"}},
        "required": ["a"],
    }));
    let errors = from_json(&schema, &parsed(r#"{"a":1}"#)).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "/a: The schema in the task's interface refers to \"Gone\", which it does not define"
    );
}

#[test]
fn errors_of_a_wide_list_are_bounded() {
    let wide = format!("[{}0]", "\"x\",".repeat(100_000));
    let errors = from_json(&list(simple(SimpleType::INTEGER)), &parsed(&wide)).unwrap_err();
    assert_eq!(errors.len(), 100);
}

#[test]
fn integers_are_exact_or_refused() {
    let dict = simple(SimpleType::STRUCT);
    let back = |text: &str| to_json(&dict, &from_json(&dict, &parsed(text)).unwrap()).unwrap();
    assert_eq!(
        back(r#"{"a":18446744073709551615,"b":-9223372036854775808}"#),
        json!({"a": u64::MAX, "b": i64::MIN})
    );
    for text in [
        r#"{"a":18446744073709551616}"#,
        r#"{"a":-9223372036854775809}"#,
    ] {
        let errors = from_json(&dict, &parsed(text)).unwrap_err();
        assert_eq!(
            errors[0].to_string(),
            "/a: Input should be an integer from -9223372036854775808 to 18446744073709551615"
        );
    }
    let float = simple(SimpleType::FLOAT);
    let huge = format!("1{}", "0".repeat(400));
    assert_eq!(refused(&float, &parsed(&huge)), "finite_number");
}

#[test]
fn pickled_values_are_neither_taken_nor_read() {
    let blob = BlobType {
        format: "PythonPickle".to_owned(),
        ..BlobType::default()
    };
    let any = union(vec![
        of(Type::Blob(Box::new(blob))),
        simple(SimpleType::BINARY),
    ]);
    assert_eq!(refused(&any, &parsed("1")), "unsupported_type");
    assert_eq!(
        refused(&optional(any.clone()), &parsed("1")),
        "unsupported_type"
    );
    let pickle = |size: usize| {
        let binary = Binary {
            value: vec![0x80; size],
            ..Binary::default()
        };
        to_json(&any, &of_scalar(scalar::Value::Binary(Box::new(binary)))).unwrap()
    };
    assert_eq!(
        pickle(3),
        json!({"type": "binary", "tag": "", "size": 3, "base64": "gICA"})
    );
    assert_eq!(
        pickle(1025),
        json!({"type": "binary", "tag": "", "size": 1025})
    );
}

#[test]
fn a_union_that_two_types_fit_is_refused_with_their_names() {
    let lists = union(vec![
        list(simple(SimpleType::INTEGER)),
        list(simple(SimpleType::STRING)),
    ]);
    let errors = from_json(&lists, &parsed("[]")).unwrap_err();
    assert_eq!(
        (
            errors[0].kind(),
            errors[0].message().as_str(),
            errors[0].ctx()
        ),
        (
            "union_ambiguous",
            "Input fits more than one of the possible types: list or list; \
             send a value that fits one of them only",
            Some(json!({"candidates": "list or list"}))
        )
    );
    let none_fits = from_json(&lists, &parsed("true")).unwrap_err();
    assert_eq!(none_fits[0].message(), "Input should be list or list");
}

#[test]
fn a_widening_never_takes_a_value_from_the_type_that_the_reference_gives_it() {
    let lists = union(vec![
        list(simple(SimpleType::FLOAT)),
        list(simple(SimpleType::INTEGER)),
    ]);
    let literal = from_json(&lists, &parsed("[1]")).unwrap();
    assert_eq!(to_json(&lists, &literal), Ok(json!([1])));
    let time = union(vec![
        simple(SimpleType::DATETIME),
        simple(SimpleType::STRING),
    ]);
    let literal = from_json(&time, &parsed("\"2024-01-02\"")).unwrap();
    assert_eq!(to_json(&time, &literal), Ok(json!("2024-01-02")));
}

#[test]
fn literals_without_a_value_are_an_error_of_their_own() {
    let int = simple(SimpleType::INTEGER);
    assert_eq!(
        to_json_lossy(&int, &Literal::default()),
        json!({"error": "The literal has no value"})
    );
    let unknown = Literal::decode_from_slice(b"\xfa\x07\x01x").unwrap();
    assert_eq!(
        to_json(&int, &unknown).unwrap_err().kind(),
        "literal_invalid"
    );
}

#[test]
fn a_dataclass_refuses_what_it_does_not_declare_with_the_nearest_name() {
    let schema = dataclass(json!({
        "title": "D", "type": "object", "additionalProperties": false,
        "properties": {"count": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["count", "name"],
    }));
    let errors = from_json(&schema, &parsed(r#"{"cuont":1,"name":2}"#)).unwrap_err();
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "/count: Field required",
            "/name: Input should be a valid string",
            "/cuont: Extra inputs are not permitted, did you mean \"count\"?",
        ]
    );
}
