//! What costs little once and is repeated by a hostile interface, body or answer.

use std::cell::Cell;

use flyte_idl::flyteidl2::core::{__buffa::oneof::literal_type::Type, BlobType, SimpleType};
use serde_json::json;

use super::super::{from_json, shape::Shape, to_json, walk::Walk};
use super::{
    dataclass, enumeration,
    hostile::{refused, shown, stored},
    json as parsed, list, map, of, pydantic, simple, union,
};
use crate::json::Value;

#[test]
fn a_schema_compiles_each_part_once() {
    // Every level repeats a name, and would be compiled once for each.
    let twice_typed = |inner| json!({"type": ["array", "array"], "items": inner});
    let twice_required =
        |inner| json!({"type": "object", "properties": {"a": inner}, "required": ["a", "a"]});
    let repeats: [&dyn Fn(serde_json::Value) -> serde_json::Value; 2] =
        [&twice_typed, &twice_required];
    for repeat in repeats {
        let inner = (0..20).fold(json!({"type": "integer"}), |inner, _| repeat(inner));
        let schema = pydantic(json!({"type": "object", "properties": {"a": inner}}));
        let budget = Cell::new(100);
        Shape::of(&schema, Walk::new(&budget)).unwrap_or_else(|reason| panic!("{reason}"));
    }
}

#[test]
fn a_schema_of_more_parts_than_the_bound_is_an_error() {
    let wide = json!({"anyOf": vec![json!({"type": "integer"}); 200_000]});
    let schema = pydantic(json!({"type": "object", "properties": {"a": wide}}));
    assert_eq!(refused(&schema, &parsed("{}")), "too_large");
    let names: Vec<String> = (0..200_000).map(|n| n.to_string()).collect();
    let schema = json!({"type": "object", "properties": {"a": {"type": names}}});
    assert_eq!(refused(&dataclass(schema), &parsed("{}")), "too_large");
}

#[test]
fn a_long_text_that_many_types_take_is_not_copied_for_each() {
    let long = json!("x".repeat(100_000));
    let file = || of(Type::Blob(Box::default()));
    let files = union((0..1000).map(|_| file()).collect());
    assert_eq!(refused(&files, &long.clone().into()), "too_large");

    let texts = union(
        (0..1000)
            .map(|_| list(simple(SimpleType::STRING)))
            .collect(),
    );
    assert_eq!(refused(&texts, &json!([long]).into()), "too_large");
    let members = union(
        (0..1000)
            .map(|_| map(simple(SimpleType::INTEGER)))
            .collect(),
    );
    let member = json!({"x".repeat(100_000): 1});
    assert_eq!(refused(&members, &member.clone().into()), "too_large");

    let dicts = json!({"anyOf": vec![json!({"type": "object"}); 1000]});
    let dicts = pydantic(json!({"type": "object", "properties": {"a": dicts}}));
    assert_eq!(refused(&dicts, &json!({"a": member}).into()), "too_large");
    let enums = json!({"anyOf": vec![json!({"enum": ["a"]}); 1000]});
    let enums = pydantic(json!({"type": "object", "properties": {"a": enums}}));
    assert_eq!(refused(&enums, &json!({"a": long}).into()), "too_large");
}

#[test]
fn what_the_interface_makes_long_is_not_copied_for_each_value() {
    let many = Value::from(json!(vec![""; 2000]));
    let long = "x".repeat(50_000);
    let files = of(Type::Blob(Box::new(BlobType {
        format: long.clone(),
        ..BlobType::default()
    })));
    let uris = Value::from(json!(vec!["s3://a"; 2000]));
    assert_eq!(refused(&list(files), &uris), "too_large");

    let either = union(vec![enumeration(&["", &long]), simple(SimpleType::INTEGER)]);
    assert_eq!(refused(&list(either), &many), "too_large");

    let item = json!({"type": "object", "properties": {long: {"type": "integer", "default": 1}}});
    let items = json!({"type": "array", "items": item});
    let schema = pydantic(json!({"type": "object", "properties": {"a": items}}));
    let many = Value::from(json!({"a": vec![json!({}); 2000]}));
    assert_eq!(refused(&schema, &many), "too_large");
}

#[test]
fn what_the_interface_makes_wide_is_not_searched_for_each_value() {
    let many = |item: serde_json::Value| Value::from(json!({"a": vec![item; 10_000]}));
    let names: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let texts = Value::from(json!(vec!["49999"; 10_000]));
    assert_eq!(refused(&list(enumeration(&names)), &texts), "too_large");

    let properties: serde_json::Map<_, _> = names
        .iter()
        .map(|&name| (name.to_owned(), json!({})))
        .collect();
    let items = json!({"type": "array", "items": {"type": "object", "properties": properties}});
    let schema = dataclass(json!({"type": "object", "properties": {"a": items}}));
    assert_eq!(refused(&schema, &many(json!({}))), "too_large");

    let items = json!({"type": "array", "items": {"enum": (0..50_000).collect::<Vec<_>>()}});
    let schema = dataclass(json!({"type": "object", "properties": {"a": items}}));
    assert_eq!(refused(&schema, &many(json!(49_999))), "too_large");
}

#[test]
fn the_possible_values_that_an_error_lists_are_cut() {
    let long = "x".repeat(1_000_000);
    let errors = from_json(&enumeration(&["a", &long, "b"]), &parsed("\"c\"")).unwrap_err();
    let message = errors[0].message();
    assert!(
        message.starts_with("Input should be 'a', 'xxx"),
        "{message:.40}"
    );
    assert!(message.ends_with("x…") && message.len() < 2100);
}

#[test]
fn keys_in_keys_do_not_double_without_a_bound() {
    let nested = |depth: usize| [vec![0x81; depth], vec![0x01; depth + 1]].concat();
    assert_eq!(shown(&nested(2)), json!({"{\"1\":1}": 1}));
    assert_eq!(shown(&nested(24)), json!("too_large"));
}

#[test]
fn long_names_of_defaults_do_not_make_a_long_answer() {
    let long = "x".repeat(50_000);
    let item = json!({"type": "object", "properties": {long: {"type": "integer", "default": 1}}});
    let items = json!({"type": "array", "items": item});
    let schema = pydantic(json!({"type": "object", "properties": {"a": items}}));
    // 2000 objects without members.
    let mut bytes = b"\x81\xa1a\xdc\x07\xd0".to_vec();
    bytes.resize(bytes.len() + 2000, 0x80);
    let shown = to_json(&schema, &stored(&bytes)).unwrap();
    let items = shown["a"].as_array().unwrap();
    assert_eq!(items.len(), 2000);
    let filled = items.iter().filter(|item| **item != json!({})).count();
    assert!((1..2000).contains(&filled), "{filled}");
}
