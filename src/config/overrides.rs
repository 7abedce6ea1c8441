//! `FLYTE_WEBHOOK__SECTION__KEY` in the environment.

use super::{
    environment::Environment,
    node::{self, Key, Node, Step, Value},
    origin::Origin,
    problem::{Error, Problem},
};

const PREFIX: &str = "FLYTE_WEBHOOK__";
const SEPARATOR: &str = "__";

/// Lays the overrides over all else but flags.
pub(super) fn apply(tree: &mut Node, environment: &Environment) -> Vec<Problem> {
    let known = keys(tree, "");
    let mut problems = Vec::new();
    for (variable, value) in environment.iter() {
        let result = match variable.strip_prefix(PREFIX) {
            Some(rest) => set(tree, variable, rest, value),
            None => look_alike(variable, &known),
        };
        if let Err((key, error)) = result {
            let origin = Origin::Variable(variable.to_owned());
            problems.push(Problem { origin, key, error });
        }
    }
    problems
}

fn set(
    tree: &mut Node,
    variable: &str,
    rest: &str,
    value: Option<&str>,
) -> Result<(), (String, Error)> {
    let path = resolve(tree, rest);
    let steps: Vec<Step> = path.iter().cloned().map(Step::Key).collect();
    let key = node::join(&steps);
    let Some(value) = value else {
        return Err((key, Error::NotText));
    };
    if is_taken(tree, &path) {
        return Err((key, Error::Duplicate));
    }
    let value = Value::Outside(value.to_owned());
    let origin = Origin::Variable(variable.to_owned());
    tree.set(&path, Node { value, origin });
    Ok(())
}

/// The names in a variable's name: those of known keys, whatever their case.
fn resolve(tree: &Node, rest: &str) -> Vec<String> {
    let mut node = Some(tree);
    let mut path = Vec::new();
    for part in rest.split(SEPARATOR) {
        let name = node
            .and_then(|node| node.names().find(|name| name.eq_ignore_ascii_case(part)))
            .map_or_else(|| part.to_owned(), str::to_owned);
        node = node.and_then(|node| node.get(&name));
        path.push(name);
    }
    path
}

/// Whether another override already set this key or a section around it.
fn is_taken(tree: &Node, path: &[String]) -> bool {
    let mut node = tree;
    for name in path {
        let Some(child) = node.get(name) else {
            break;
        };
        node = child;
    }
    let outside = matches!(node.value, Value::Outside(_));
    outside && matches!(&node.origin, Origin::Variable(name) if name.starts_with(PREFIX))
}

/// Refuses a name that misses the second underscore: it would be ignored
/// without a word, and an allowlist with it. Other names may well exist, since
/// Kubernetes makes `FLYTE_WEBHOOK_SERVICE_HOST` for a service of this name.
fn look_alike(variable: &str, known: &[String]) -> Result<(), (String, Error)> {
    let Some(rest) = variable.strip_prefix("FLYTE_WEBHOOK_") else {
        return Ok(());
    };
    let meant = known.iter().find(|key| squeezed(key) == squeezed(rest));
    let Some(key) = meant else { return Ok(()) };
    let name = key.replace('.', SEPARATOR).to_ascii_uppercase();
    let variable = format!("{PREFIX}{name}");
    Err((key.clone(), Error::AlmostVariable { variable }))
}

fn squeezed(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Every key below `node`, with dots between levels.
fn keys(node: &Node, above: &str) -> Vec<String> {
    let Value::Map(entries) = &node.value else {
        return vec![above.to_owned()];
    };
    let dot = if above.is_empty() { "" } else { "." };
    let below = |(key, node): &(Key, Node)| keys(node, &format!("{above}{dot}{}", key.name));
    entries.iter().flat_map(below).collect()
}
