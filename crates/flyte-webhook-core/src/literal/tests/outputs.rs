use flyte_idl::flyteidl2::{
    core::{Literal, LiteralType, SimpleType},
    task::NamedLiteral,
};
use serde_json::{Value as Json, json};

use super::super::{from_json, outputs_to_json};
use super::{inputs::interface, json as parsed, list, simple};

fn named(name: &str, literal: Literal) -> NamedLiteral {
    NamedLiteral {
        name: name.to_owned(),
        value: literal.into(),
        ..NamedLiteral::default()
    }
}

fn nulls(count: usize) -> Literal {
    let nulls = Json::from(vec![Json::Null; count]).into();
    from_json(&list(simple(SimpleType::NONE)), &nulls).unwrap()
}

fn shown(variables: &[(&str, LiteralType)], literals: &[NamedLiteral]) -> Json {
    Json::Object(outputs_to_json(&interface(variables), literals))
}

#[test]
fn values_stand_in_the_order_of_the_interface_and_one_that_cannot_be_shown_says_why() {
    let int = simple(SimpleType::INTEGER);
    let one = from_json(&int, &parsed("1")).unwrap();
    let two = from_json(&int, &parsed("2")).unwrap();
    let without_value = NamedLiteral {
        name: "d".to_owned(),
        ..NamedLiteral::default()
    };
    let literals = [
        named("a", one.clone()),
        named("b", Literal::default()),
        named("c", two.clone()),
        named("c", one),
        without_value,
        named("undeclared", two),
    ];
    let variables = ["c", "b", "d", "a", "absent"].map(|name| (name, int.clone()));
    assert_eq!(
        shown(&variables, &literals).to_string(),
        r#"{"c":2,"b":{"error":"The literal has no value"},"a":1}"#
    );
}

#[test]
fn many_values_share_one_bound() {
    let nulls = nulls(300_000);
    let names = ["a", "b", "c", "d", "e"];
    let literals = names.map(|name| named(name, nulls.clone()));
    let variables = names.map(|name| (name, list(simple(SimpleType::NONE))));
    let shown = shown(&variables, &literals);
    let whole = |name: &str| shown[name].as_array().map_or(0, Vec::len);
    assert_eq!(names.map(whole), [300_000, 300_000, 300_000, 0, 0]);
    assert_eq!(
        shown["e"],
        json!({"error": "The value or its type is too large to convert"})
    );
}

#[test]
fn a_name_that_is_declared_many_times_is_shown_once() {
    let variables = vec![("a", list(simple(SimpleType::NONE))); 1000];
    let literals = [named("a", nulls(10_000))];
    assert_eq!(
        shown(&variables, &literals),
        json!({"a": vec![Json::Null; 10_000]})
    );
}
