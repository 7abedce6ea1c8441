//! The JSON Schema of the configuration file.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::{
    file::File,
    node::{Key, Node, Value},
    sources,
};

/// The schema, made from the sections' own types, with the built-in defaults in it.
pub fn schema() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<File>();
    let mut schema = schema.to_value();
    complete(&mut schema, &sources::defaults());
    schema
}

/// Adds the defaults; since every key has one, no key is required.
fn complete(schema: &mut Json, default: &Node) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    object.remove("required");
    let sections = object.get_mut("properties").and_then(Json::as_object_mut);
    if let Some(properties) = sections {
        for (name, property) in properties {
            if let Some(default) = default.get(name) {
                complete(property, default);
            }
        }
    } else {
        object.insert("default".to_owned(), plain(default));
        admit_variables(object);
    }
}

/// Lets `${VAR}` stand where a number, a switch or a time is expected.
fn admit_variables(object: &mut Map<String, Json>) {
    const VARIABLE: &str = r"\$\{";
    let pattern = object.get("pattern").and_then(Json::as_str);
    let either = pattern.map_or(VARIABLE.to_owned(), |it| format!("{it}|{VARIABLE}"));
    let kind = object.get("type").and_then(Json::as_str);
    if let Some(kind @ ("integer" | "number" | "boolean")) = kind {
        let kinds = json!([kind, "string"]);
        object.insert("type".to_owned(), kinds);
    } else if pattern.is_none() {
        return;
    }
    object.insert("pattern".to_owned(), either.into());
}

/// A default as JSON.
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Empty | Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => i64::try_from(*value).map_or(Json::Null, Json::from),
        Value::Float(value) => (*value).into(),
        Value::Text(text) | Value::Outside(text) | Value::Expanded { written: text, .. } => {
            text.as_str().into()
        }
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Map(entries) => {
            let pair = |(key, node): &(Key, Node)| (key.name.clone(), plain(node));
            Json::Object(entries.iter().map(pair).collect())
        }
    }
}

/// The schema of a key of a section.
pub(super) fn property<'a>(schema: &'a Json, name: &str) -> &'a Json {
    let named = schema.pointer(&format!("/properties/{name}"));
    named.unwrap_or_else(|| schema.get("additionalProperties").unwrap_or(&Json::Null))
}

/// The schema of the entries of a list.
pub(super) fn item(schema: &Json) -> &Json {
    schema.get("items").unwrap_or(&Json::Null)
}

/// Whether text is what the schema asks for, and no number that text may stand for.
pub(super) fn is_text(schema: &Json) -> bool {
    let others = ["integer", "number", "boolean"];
    takes(schema, "string") && !others.iter().any(|kind| takes(schema, kind))
}

/// Whether values are secret.
pub(super) fn is_secret(schema: &Json) -> bool {
    schema.get("format").is_some_and(|it| it == "password")
}

/// Whether the schema takes values of this JSON type.
pub(super) fn takes(schema: &Json, name: &str) -> bool {
    let kind = schema.get("type").unwrap_or(&Json::Null);
    let alternatives = kind
        .as_array()
        .map_or(std::slice::from_ref(kind), Vec::as_slice);
    alternatives.iter().any(|kind| kind == name)
}
