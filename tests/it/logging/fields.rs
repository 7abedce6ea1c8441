//! Every name of a field stands in the document and in the source.

use std::{collections::BTreeSet, fs, path::Path};

use super::table::{document, root};

/// What the subscriber adds to every line.
const OF_EVERY_LINE: [&str; 4] = ["level", "message", "target", "timestamp"];

/// What the span of a request adds to each of its lines.
const OF_REQUESTS: [&str; 2] = ["span_id", "trace_id"];

const LEVELS: [&str; 6] = ["debug", "error", "event", "info", "trace", "warn"];

#[test]
fn the_document_has_the_fields_of_the_source_and_no_others() {
    let mut used: BTreeSet<String> = sources(&root().join("src"))
        .iter()
        .flat_map(|text| fields(text))
        .collect();
    used.extend(OF_EVERY_LINE.map(str::to_owned));
    used.extend(OF_REQUESTS.map(str::to_owned));
    assert_eq!(documented(), used);
}

#[test]
fn the_reader_of_the_source_finds_every_form_of_a_field() {
    let text = r#"
        tracing::info!(a.b = x(1, "c = d"), %e, ?f.g, target: "t", h = %i, "words {j} = {}", k);
        tracing::warn!("words alone");
        tracing::event!(tracing::Level::$level, l.m = n == o, "{}", p);
    "#;
    let found: Vec<String> = fields(text);
    assert_eq!(found, ["a.b", "e", "f.g", "h", "l.m"]);
}

/// The first column of the tables of fields.
fn documented() -> BTreeSet<String> {
    let document = document();
    let (_, fields) = document.split_once("\n### Fields\n").unwrap();
    let (fields, _) = fields.split_once("\n## ").unwrap();
    let rows = fields.lines().filter_map(|line| line.strip_prefix("| `"));
    // One row may name a few.
    rows.map(|row| row.split_once('`').unwrap().0.to_owned())
        .collect()
}

fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false if path.extension().is_some_and(|it| it == "rs") => {
                vec![fs::read_to_string(path).unwrap()]
            }
            false => Vec::new(),
        })
        .collect()
}

/// The names of fields in all lines that a text logs.
fn fields(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("tracing::") {
        let rest = &text[at + "tracing::".len()..];
        let Some((level, rest)) = rest.split_once("!(") else {
            continue;
        };
        if LEVELS.contains(&level) {
            found.extend(arguments(rest).iter().map_while(|it| name(it)).flatten());
        }
    }
    found
}

/// The arguments of a macro up to its closing bracket.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut is_text, mut is_escaped) = (0, false, false);
    let (mut all, mut one) = (Vec::new(), String::new());
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            _ if is_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(std::mem::take(&mut one));
                continue;
            }
            _ => {}
        }
        one.push(c);
    }
    all.push(one);
    all
}

/// The name that an argument gives to a field, if it does; nothing after the words.
#[expect(clippy::option_option, reason = "words are no field without a name")]
fn name(argument: &str) -> Option<Option<String>> {
    let argument = argument.trim();
    let is_words = ['"', '$'].iter().any(|it| argument.starts_with(*it));
    if is_words || argument.is_empty() {
        return None;
    }
    let no_fields = ["target:", "parent:", "tracing::Level::"];
    if no_fields.iter().any(|it| argument.starts_with(it)) {
        return Some(None);
    }
    let name = argument.split('=').next().unwrap().trim();
    Some(Some(name.trim_start_matches(['%', '?']).to_owned()))
}
