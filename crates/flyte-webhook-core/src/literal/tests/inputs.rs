use buffa::MessageField;
use flyte_idl::flyteidl2::{
    core::{
        __buffa::oneof::parameter::Behavior, Literal, LiteralType, Parameter, SimpleType, Variable,
        VariableEntry, VariableMap,
    },
    task::{NamedLiteral, NamedParameter},
};
use serde_json::json;

use super::super::{Error, Errors, from_json, inputs_from_json};
use super::{json as parsed, list, simple};

pub(super) fn interface(variables: &[(&str, LiteralType)]) -> VariableMap {
    let entry = |(name, literal_type): &(&str, LiteralType)| VariableEntry {
        key: (*name).to_owned(),
        value: MessageField::some(Variable {
            r#type: literal_type.clone().into(),
            ..Variable::default()
        }),
        ..VariableEntry::default()
    };
    VariableMap {
        variables: variables.iter().map(entry).collect(),
        ..VariableMap::default()
    }
}

fn parameter(name: &str, behavior: Option<Behavior>) -> NamedParameter {
    NamedParameter {
        name: name.to_owned(),
        parameter: Parameter {
            behavior,
            ..Parameter::default()
        }
        .into(),
        ..NamedParameter::default()
    }
}

fn convert(
    variables: &[(&str, LiteralType)],
    defaults: &[NamedParameter],
    body: &str,
) -> Result<Vec<NamedLiteral>, Errors> {
    let body = parsed(body);
    inputs_from_json(&interface(variables), defaults, body.as_object().unwrap())
}

fn literal(text: &str) -> Literal {
    from_json(&simple(SimpleType::INTEGER), &parsed(text)).unwrap()
}

fn shown(errors: &[Error]) -> serde_json::Value {
    let one = |error: &Error| {
        json!([
            error.pointer(),
            error.kind(),
            error.message(),
            error.input()
        ])
    };
    errors.iter().map(one).collect()
}

#[test]
fn inputs_stand_in_the_order_of_the_interface_and_defaults_are_taken_literally() {
    let int = simple(SimpleType::INTEGER);
    let variables = [("b", int.clone()), ("a", int.clone()), ("c", int)];
    let default = Literal {
        hash: "kept".to_owned(),
        ..literal("7")
    };
    let defaults = [parameter(
        "a",
        Some(Behavior::Default(Box::new(default.clone()))),
    )];
    let inputs = convert(&variables, &defaults, r#"{"c":3,"b":2}"#).unwrap();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|it| (it.name.as_str(), it.value.as_option().unwrap().clone()))
        .collect();
    assert_eq!(
        inputs,
        [("b", literal("2")), ("a", default), ("c", literal("3"))]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let int = simple(SimpleType::INTEGER);
    let variables = [
        ("count", int.clone()),
        ("items", list(int.clone())),
        ("flag", simple(SimpleType::BOOLEAN)),
        // Listed with a default, of which nothing is stored.
        ("size", int),
    ];
    let defaults = [
        parameter("size", None),
        parameter("flag", Some(Behavior::Required(true))),
    ];
    let body = r#"{"cuont":1,"items":[1,"x",null],"zebra~/":{"a":[]}}"#;
    let errors = convert(&variables, &defaults, body).unwrap_err();
    assert_eq!(
        shown(&errors),
        json!([
            ["/count", "missing", "Field required", null],
            ["/items/1", "int_type", "Input should be a valid integer", "x"],
            ["/items/2", "int_type", "Input should be a valid integer", null],
            ["/flag", "missing", "Field required", null],
            ["/size", "missing", "Field required", null],
            [
                "/cuont",
                "extra_forbidden",
                "Extra inputs are not permitted, did you mean \"count\"?",
                1
            ],
            ["/zebra~0~1", "extra_forbidden", "Extra inputs are not permitted", {"a": []}],
        ])
    );
}

#[test]
fn null_is_a_value_and_not_an_absent_input() {
    let variables = [("n", simple(SimpleType::INTEGER))];
    let defaults = [parameter(
        "n",
        Some(Behavior::Default(Box::new(literal("7")))),
    )];
    let errors = convert(&variables, &defaults, r#"{"n":null}"#).unwrap_err();
    assert_eq!(
        shown(&errors),
        json!([["/n", "int_type", "Input should be a valid integer", null]])
    );
}

#[test]
fn a_body_full_of_surplus_names_gives_a_bounded_answer() {
    let members: Vec<String> = (0..10_000)
        .map(|n| format!("\"{n}{}\":1", "x".repeat(1000)))
        .collect();
    let errors = convert(&[], &[], &format!("{{{}}}", members.join(","))).unwrap_err();
    assert_eq!(errors.len(), 100);
    assert!(errors.iter().all(|error| error.pointer().len() < 300));
}

#[test]
fn a_long_value_is_not_repeated_in_its_error() {
    let variables = [("n", simple(SimpleType::INTEGER))];
    let long = format!(r#"{{"n":["{}"]}}"#, "x".repeat(300));
    assert_eq!(
        convert(&variables, &[], &long).unwrap_err()[0].input(),
        None
    );
    let short = convert(&variables, &[], r#"{"n":["x"]}"#).unwrap_err();
    assert_eq!(short[0].input(), Some(&parsed(r#"["x"]"#)));
}

#[test]
fn an_input_without_a_type_is_refused() {
    let variables = [("n", LiteralType::default())];
    let errors = convert(&variables, &[], r#"{"n":1}"#).unwrap_err();
    assert_eq!(
        errors[0].message(),
        "A value of the type unset cannot be given as JSON"
    );
}
