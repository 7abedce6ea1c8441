//! The reference of all keys, in Markdown, made from the schema.

use std::fmt::Write;

use serde_json::Value as Json;

/// A key and what the schema says of it.
struct Row<'a> {
    key: String,
    schema: &'a Json,
}

/// One table a section, with every key of it.
pub fn reference(schema: &Json) -> String {
    let mut text = String::new();
    let (sections, keys): (Vec<_>, Vec<_>) = properties(schema).partition(|it| is_section(it.1));
    let top = keys.into_iter().map(|(key, schema)| Row {
        key: key.clone(),
        schema,
    });
    table(&mut text, "Without a section", "", top.collect());
    for (name, section) in sections {
        let mut rows = Vec::new();
        collect(&mut rows, name, section);
        let about = words(section, "description");
        table(&mut text, &format!("`{name}`"), &about, rows);
    }
    text
}

fn properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn is_section(schema: &Json) -> bool {
    schema.get("properties").is_some() || schema["additionalProperties"].is_object()
}

/// All keys below one, also those of the entries of lists and mappings.
fn collect<'a>(rows: &mut Vec<Row<'a>>, path: &str, schema: &'a Json) {
    let below = properties(schema).map(|(name, it)| (format!("{path}.{name}"), it));
    let entry = schema
        .get("additionalProperties")
        .filter(|it| it.is_object());
    let named = entry.map(|it| (format!("{path}.NAME"), it));
    for (key, schema) in below.chain(named) {
        let listed = schema.get("items").filter(|it| is_section(it));
        if !is_section(schema) || schema.get("default").is_some() {
            let key = key.clone();
            rows.push(Row { key, schema });
        }
        collect(rows, &key, schema);
        if let Some(item) = listed {
            collect(rows, &format!("{key}[]"), item);
        }
    }
}

fn table(text: &mut String, title: &str, about: &str, rows: Vec<Row>) {
    let _ = write!(text, "\n### {title}\n\n");
    if !about.is_empty() {
        let _ = write!(text, "{about}\n\n");
    }
    text.push_str("| key | takes | default | |\n|---|---|---|---|\n");
    for Row { key, schema } in rows {
        let (kind, about) = (kind(schema), words(schema, "description"));
        let default = default(schema);
        let _ = writeln!(text, "| `{key}` | {kind} | {default} | {about} |");
    }
}

/// A text of the schema in one line that a table can hold.
fn words(schema: &Json, name: &str) -> String {
    let text = schema[name].as_str().unwrap_or_default();
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

fn kind(schema: &Json) -> String {
    let choices = choices(schema);
    if !choices.is_empty() {
        return choices.join(", ");
    }
    let is = |name: &str| {
        let names = schema["type"].as_array();
        schema["type"] == name || names.is_some_and(|names| names.iter().any(|it| it == name))
    };
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    let word = if schema["format"] == "password" {
        "a secret"
    } else if is("boolean") {
        "`true`, `false`"
    } else if is("integer") || is("number") {
        "a number"
    } else if is("array") {
        "a list"
    } else if is("object") {
        "a mapping"
    } else if pattern.contains("(ms|s|m|h)") {
        "a time"
    } else if pattern.contains("[smh]") {
        "a rate"
    } else {
        "a text"
    };
    word.to_owned()
}

/// The words that a key may have, where it may have no others.
fn choices(schema: &Json) -> Vec<String> {
    let list = |name: &str| schema[name].as_array().into_iter().flatten();
    let fixed = list("oneOf").filter_map(|it| it["const"].as_str());
    let named = list("enum").filter_map(Json::as_str);
    let own = fixed.chain(named).map(|it| format!("`{it}`"));
    own.chain(list("anyOf").flat_map(choices)).collect()
}

fn default(schema: &Json) -> String {
    match schema.get("default") {
        None => String::new(),
        Some(Json::Null) => "`null`".to_owned(),
        Some(Json::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{}`", value.to_string().replace('|', "\\|")),
    }
}
