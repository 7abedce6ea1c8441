use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, scalar},
    Literal, LiteralType, Scalar,
};
use serde_json::{Value as Json, json};

use super::super::{from_json, scalar::literal as of_scalar, to_json};
use super::{dataclass, json as parsed, pydantic};

/// The stored map of a struct, in its stored order.
fn packed(literal_type: &LiteralType, text: &str) -> Result<String, Vec<String>> {
    let literal = from_json(literal_type, &parsed(text));
    let literal =
        literal.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let Some(literal::Value::Scalar(scalar)) = literal.value else {
        unreachable!()
    };
    let Scalar {
        value: Some(scalar::Value::Binary(binary)),
        ..
    } = *scalar
    else {
        unreachable!()
    };
    assert_eq!(binary.tag, "msgpack");
    Ok(spelled(
        &rmpv::decode::read_value(&mut &binary.value[..]).unwrap(),
    ))
}

/// As rmpv prints a value, but with floats told from integers.
fn spelled(value: &rmpv::Value) -> String {
    if let rmpv::Value::F64(number) = value {
        return format!("{number:?}");
    }
    if let Some(items) = value.as_array() {
        let items: Vec<String> = items.iter().map(spelled).collect();
        return format!("[{}]", items.join(", "));
    }
    let Some(members) = value.as_map() else {
        return value.to_string();
    };
    let member = |(name, value): &(_, _)| format!("{}: {}", spelled(name), spelled(value));
    let members: Vec<String> = members.iter().map(member).collect();
    format!("{{{}}}", members.join(", "))
}

fn record(properties: &Json, required: &[&str]) -> Json {
    json!({"title": "R", "type": "object", "properties": properties, "required": required})
}

#[test]
fn fields_are_stored_required_first_and_then_by_name() {
    let properties = json!({
        "z": {"type": "integer"}, "y": {"type": "integer"},
        "d": {"type": "integer", "default": 4}, "c": {"type": "integer", "default": 3},
    });
    let schema = record(&properties, &["z", "y"]);
    for literal_type in [dataclass(schema.clone()), pydantic(schema)] {
        let stored = packed(&literal_type, r#"{"c":0,"y":1,"z":2}"#).unwrap();
        assert_eq!(stored, r#"{"z": 2, "y": 1, "c": 0, "d": 4}"#);
    }
}

#[test]
fn a_default_is_stored_in_the_kind_of_its_field() {
    let properties = json!({
        "f": {"type": "number", "default": 2.0}, "i": {"type": "integer", "default": 2.0},
        "list": {"type": "array", "items": {"type": "integer"}},
        "map": {"type": "object", "additionalProperties": {"type": "number"}, "default": {"a": 1}},
        "made": {"type": "object", "title": "Made", "properties": {"a": {"type": "integer"}}},
    });
    let stored = packed(&pydantic(record(&properties, &[])), "{}").unwrap();
    // `made` has a factory that only the task knows, so it is left out.
    assert_eq!(
        stored,
        r#"{"f": 2.0, "i": 2, "list": [], "map": {"a": 1.0}}"#
    );
}

#[test]
fn dataclasses_take_exact_types_and_models_what_pydantic_coerces() {
    let kinds = [
        ("integer", "1", Some("1"), Some("1")),
        ("integer", "true", None, Some("1")),
        ("integer", "1.0", None, Some("1")),
        ("integer", "\" +1_000.00 \"", None, Some("1000")),
        ("integer", "\"-7\"", None, Some("-7")),
        (
            "integer",
            "\"18446744073709551615\"",
            None,
            Some("18446744073709551615"),
        ),
        ("integer", "\"1__0\"", None, None),
        ("integer", "\"_1\"", None, None),
        ("integer", "\"\"", None, None),
        ("integer", "\"1.5\"", None, None),
        ("integer", "\"--1\"", None, None),
        ("integer", "1.5", None, None),
        ("integer", "NaN", None, None),
        ("integer", "1e300", None, None),
        ("integer", "null", None, None),
        ("number", "1", Some("1.0"), Some("1.0")),
        ("number", "NaN", Some("NaN"), Some("nil")),
        ("number", "true", None, Some("1.0")),
        ("number", "\"1.5\"", None, Some("1.5")),
        ("number", "\"x\"", None, None),
        ("boolean", "1", None, Some("true")),
        ("boolean", "0.0", None, Some("false")),
        ("boolean", "\"Off\"", None, Some("false")),
        ("boolean", "2", None, None),
        ("boolean", "\"maybe\"", None, None),
        ("string", "1", None, None),
    ];
    for (kind, value, exact, coerced) in kinds {
        let schema = record(&json!({"x": {"type": kind}}), &["x"]);
        let body = format!("{{\"x\":{value}}}");
        let expected = |stored: Option<&str>| stored.map(|stored| format!("{{\"x\": {stored}}}"));
        let context = format!("{kind} {value}");
        assert_eq!(
            packed(&dataclass(schema.clone()), &body).ok(),
            expected(exact),
            "{context}"
        );
        assert_eq!(
            packed(&pydantic(schema), &body).ok(),
            expected(coerced),
            "{context}"
        );
    }
}

#[test]
fn durations_in_structs_are_seconds_or_iso_8601_either_way() {
    let seconds = record(
        &json!({"d": {"type": "number", "format": "time-delta"}}),
        &["d"],
    );
    assert_eq!(
        packed(&dataclass(seconds.clone()), r#"{"d":"PT90S"}"#).unwrap(),
        r#"{"d": 90.0}"#
    );
    assert_eq!(
        packed(&dataclass(seconds), r#"{"d":"90s"}"#).unwrap_err()[0],
        "/d: Input should be a duration: a number of seconds or an ISO 8601 string \
         such as PT1M30S, without months and years"
    );
    let text = record(
        &json!({"d": {"type": "string", "format": "duration"}}),
        &["d"],
    );
    assert_eq!(
        packed(&pydantic(text.clone()), r#"{"d":90.5}"#).unwrap(),
        r#"{"d": "PT1M30.5S"}"#
    );
    assert_eq!(
        packed(&pydantic(text), r#"{"d":"PT5S"}"#).unwrap(),
        r#"{"d": "PT5S"}"#
    );
}

#[test]
fn alternatives_take_the_exact_kind_or_the_most_fields() {
    let one = record(&json!({"a": {"type": "integer"}}), &["a"]);
    let two = record(
        &json!({"a": {"type": "integer"}, "b": {"type": "integer"}}),
        &["a", "b"],
    );
    let schema = record(
        &json!({"x": {"anyOf": [{"type": "integer"}, {"type": "string"}, one, two, {"type": "null"}]}}),
        &["x"],
    );
    let model = pydantic(schema);
    for (value, stored) in [
        ("1", "1"),
        ("\"1\"", "\"1\""),
        ("null", "nil"),
        (r#"{"b":2,"a":1}"#, r#"{"a": 1, "b": 2}"#),
        (r#"{"a":1}"#, r#"{"a": 1}"#),
    ] {
        let body = format!("{{\"x\":{value}}}");
        assert_eq!(
            packed(&model, &body).unwrap(),
            format!("{{\"x\": {stored}}}")
        );
    }
    assert_eq!(
        packed(&model, r#"{"x":[1]}"#).unwrap_err(),
        ["/x: Input should be a value of one of the possible types"]
    );
}

#[test]
fn models_that_contain_themselves_are_walked_to_their_end() {
    let node = pydantic(json!({
        "$defs": {"Node": {
            "title": "Node", "type": "object", "required": ["v"],
            "properties": {
                "v": {"type": "integer"},
                "kids": {"type": "array", "default": [], "items": {"$ref": "#/$defs/Node"}},
                "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "default": null},
            },
        }},
        "$ref": "#/$defs/Node",
    }));
    assert_eq!(
        packed(&node, r#"{"v":1,"kids":[{"v":"2"}]}"#).unwrap(),
        r#"{"v": 1, "kids": [{"v": 2, "kids": [], "next": nil}], "next": nil}"#
    );
    assert_eq!(
        packed(&node, r#"{"v":1,"next":{"v":1,"next":{}}}"#).unwrap_err(),
        ["/next/next/v: Field required"]
    );
    let deepest = format!(
        "{}{}",
        "{\"v\":1,\"next\":".repeat(60) + "null",
        "}".repeat(60)
    );
    assert!(packed(&node, &deepest).is_ok());
}

#[test]
fn files_in_structs_take_a_uri_an_object_with_one_or_a_path() {
    let text = json!({"type": "string"});
    let file = json!({
        "title": "File", "type": "object", "required": ["path"],
        "properties": {
            "path": text, "format": {"type": "string", "default": ""},
            "name": {"anyOf": [text, {"type": "null"}], "default": null},
            "hash": {"anyOf": [text, {"type": "null"}], "default": null},
        },
    });
    let schema = record(&json!({"f": file}), &["f"]);
    for literal_type in [dataclass(schema.clone()), pydantic(schema)] {
        for body in [
            r#"{"f":"s3://b/x"}"#,
            r#"{"f":{"uri":"s3://b/x"}}"#,
            r#"{"f":{"path":"s3://b/x"}}"#,
        ] {
            assert_eq!(
                packed(&literal_type, body).unwrap(),
                r#"{"f": {"path": "s3://b/x", "format": "", "hash": nil, "name": "x"}}"#
            );
        }
    }
}

#[test]
fn a_tuple_takes_a_list_and_a_dict_with_integer_keys_takes_their_text() {
    let tuple = pydantic(record(
        &json!({"item_1": {"type": "string"}, "item_0": {"type": "integer"}}),
        &["item_0", "item_1"],
    ));
    assert_eq!(
        packed(&tuple, r#"[1,"a"]"#).unwrap(),
        r#"{"item_0": 1, "item_1": "a"}"#
    );
    assert_eq!(
        packed(&tuple, "[1]").unwrap_err(),
        ["Input should be a list of 2 items"]
    );
    assert_eq!(
        packed(&tuple, "[1,2]").unwrap_err(),
        ["/1: Input should be a valid string"]
    );

    let keys = json!({"type": "object", "propertyNames": {"type": "integer"}});
    let map = dataclass(record(&json!({"m": keys}), &["m"]));
    assert_eq!(
        packed(&map, r#"{"m":{"1":true}}"#).unwrap(),
        r#"{"m": {1: true}}"#
    );
    assert_eq!(
        packed(&map, r#"{"m":{"x":1}}"#).unwrap_err(),
        ["/m/x: Keys should be integers"]
    );
}

#[test]
fn the_older_form_of_structs_follows_the_schema_where_there_is_one() {
    let message = serde_json::from_value(json!({"i": 1, "f": 1, "n": [1], "s": "x"})).unwrap();
    let literal: Literal = of_scalar(scalar::Value::Generic(Box::new(message)));
    let schema = dataclass(record(
        &json!({
            "i": {"type": "integer"}, "f": {"type": "number"},
            "n": {"type": "array", "items": {"type": "integer"}},
            "s": {"type": "string"}, "o": {"type": "integer", "default": 5},
        }),
        &["i"],
    ));
    assert_eq!(
        to_json(&schema, &literal).unwrap().to_string(),
        r#"{"f":1.0,"i":1,"n":[1],"s":"x","o":5}"#
    );
    let plain = super::simple(flyte_idl::flyteidl2::core::SimpleType::STRUCT);
    assert_eq!(
        to_json(&plain, &literal).unwrap().to_string(),
        r#"{"f":1.0,"i":1.0,"n":[1.0],"s":"x"}"#
    );
}

#[test]
fn a_tuple_has_its_items_and_no_more() {
    let items = json!([{"type": "integer"}, {"type": "string"}]);
    let properties = json!({"t": {"type": "array", "prefixItems": items}});
    let schema = pydantic(record(&properties, &["t"]));
    let stored = packed(&schema, r#"{"t": [1, "a"]}"#).unwrap();
    assert_eq!(stored, r#"{"t": [1, "a"]}"#);
    for (text, error) in [
        (r#"{"t": [1]}"#, "/t: Input should be a list of 2 items"),
        (r#"{"t": "a"}"#, "/t: Input should be a valid list"),
        (r#"{"t": [1, 2]}"#, "/t/1: Input should be a valid string"),
    ] {
        assert_eq!(packed(&schema, text), Err(vec![error.to_owned()]));
    }
}

#[test]
fn an_enumeration_of_a_struct_has_values_of_any_kind() {
    let values = json!([1, 2.5, true, null, "a", [1], {"b": 1}]);
    let properties = json!({"e": {"enum": values}});
    let schema = pydantic(record(&properties, &["e"]));
    for value in ["1", "2.5", "true", "null", r#""any text""#] {
        let stored = packed(&schema, &format!(r#"{{"e": {value}}}"#)).unwrap();
        let value = value.replace("null", "nil");
        assert_eq!(stored, format!(r#"{{"e": {value}}}"#));
    }
    let expected = "/e: Input should be 1, 2.5, true, null, 'a', […] or {…}";
    for value in ["3", "[1]", "{}", "false"] {
        let refused = packed(&schema, &format!(r#"{{"e": {value}}}"#));
        assert_eq!(refused, Err(vec![expected.to_owned()]));
    }
}

#[test]
fn a_truth_may_be_written_as_its_number() {
    let schema = pydantic(record(&json!({"b": {"type": "boolean"}}), &["b"]));
    for (value, stored) in [("0", false), ("1", true), ("0.0", false), ("1.0", true)] {
        let written = packed(&schema, &format!(r#"{{"b": {value}}}"#)).unwrap();
        assert_eq!(written, format!(r#"{{"b": {stored}}}"#));
    }
    let refused = |value: &str| packed(&schema, &format!(r#"{{"b": {value}}}"#)).unwrap_err();
    let word = "/b: Input should be a valid boolean, unable to interpret input";
    for value in ["2", "0.5"] {
        assert_eq!(refused(value), [word]);
    }
    assert_eq!(refused("[]"), ["/b: Input should be a valid boolean"]);
    let strict = dataclass(record(&json!({"b": {"type": "boolean"}}), &["b"]));
    assert_eq!(
        packed(&strict, r#"{"b": 1}"#),
        Err(vec!["/b: Input should be a valid boolean".to_owned()])
    );
}
