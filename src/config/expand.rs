//! `${VAR}` in the text of a configuration file.

use super::{
    environment::Environment,
    node::{Node, Step, Value, join},
    origin::Origin,
    problem::{Error, Problem},
};

/// Replaces the variables in every text below `node`; what cannot be replaced
/// is reported and stays as it is written.
pub(super) fn expand(node: &mut Node, environment: &Environment) -> Vec<Problem> {
    let mut walk = Walk {
        environment,
        path: Vec::new(),
        problems: Vec::new(),
    };
    walk.node(node);
    walk.problems
}

struct Walk<'a> {
    environment: &'a Environment,
    path: Vec<Step>,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Text(text) if text.contains("${") => match expanded(text, self.environment) {
                Ok(value) => node.value = value,
                Err(error) => self.report(&node.origin, error),
            },
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.child(Step::Index(index), item);
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    self.child(Step::Key(key.name.clone()), value);
                }
            }
            Value::Empty
            | Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Expanded { .. }
            | Value::Outside(_) => {}
        }
    }

    fn child(&mut self, step: Step, node: &mut Node) {
        self.path.push(step);
        self.node(node);
        self.path.pop();
    }

    fn report(&mut self, origin: &Origin, error: Error) {
        let (key, origin) = (join(&self.path), origin.clone());
        self.problems.push(Problem { origin, key, error });
    }
}

fn expanded(written: &str, environment: &Environment) -> Result<Value, Error> {
    let mut value = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${") {
        // `$${` is a literal `${`.
        if let Some(before) = before.strip_suffix('$') {
            value.extend([before, "${"]);
            rest = after;
            continue;
        }
        let reason = "has a ${ without its }";
        let (inside, after) = after.split_once('}').ok_or(Error::Placeholder { reason })?;
        value.push_str(before);
        value.push_str(lookup(inside, environment)?);
        rest = after;
    }
    value.push_str(rest);
    let written = written.to_owned();
    Ok(Value::Expanded { value, written })
}

/// Resolves `NAME` or `NAME:-default`; as in a shell the default also stands for an empty value.
fn lookup<'a>(inside: &'a str, environment: &'a Environment) -> Result<&'a str, Error> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_variable_name(name) {
        let reason = "has a ${} around what is not the name of a variable";
        return Err(Error::Placeholder { reason });
    }
    match (environment.get(name), default) {
        (Some("") | None, Some(default)) => Ok(default),
        (Some(value), _) => Ok(value),
        (None, None) => Err(Error::Unset {
            variable: name.to_owned(),
        }),
    }
}

/// Whether a shell would take this name.
pub(super) fn is_variable_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}
