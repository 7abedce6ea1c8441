//! Inputs and secrets put in the places that a template has for them.

use std::{cell::Cell, collections::BTreeMap};

use secrecy::{ExposeSecret, SecretString};

use super::piece::{Piece, pieces};
use crate::{
    json::{Object, Value},
    python,
};

/// What stands for a secret where it is shown.
pub const HIDDEN: &str = "(secret)";

/// The most of a value that an error repeats, in characters.
const ECHO: usize = 1000;

/// What a rendering is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be sent; secrets are in it.
    Send,
    /// To be shown; no secret is in it.
    Show,
}

/// Why a template cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such value; the wording is that of flytekit.
    #[error("Could not find the key {key} in {within}.")]
    Key {
        /// What was looked for.
        key: String,
        /// Where, as Python shows it; of a long one only the beginning.
        within: String,
    },
    /// There is no such secret for this task.
    #[error(
        "There is no secret {name} for webhook tasks; it needs an entry of connector.secrets, or one of the task's connection."
    )]
    Secret {
        /// Its name.
        name: String,
    },
    /// What is rendered is larger than it may be.
    #[error("The task, with its inputs put in, has more than {limit} bytes.")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

/// Renders templates with the inputs and secrets of one task.
pub struct Renderer<'a> {
    /// The inputs by name.
    pub inputs: &'a Object,
    /// The secrets that may be used, by name.
    pub secrets: &'a BTreeMap<String, SecretString>,
    /// How many bytes one rendering may come to.
    pub limit: usize,
}

impl Renderer<'_> {
    /// Renders all strings of a template but the names of members.
    pub fn render(&self, template: &Value, purpose: Purpose) -> Result<Value, Error> {
        let budget = Budget {
            limit: self.limit,
            left: Cell::new(self.limit),
        };
        self.value(template, purpose, &budget)
    }

    fn value(&self, template: &Value, purpose: Purpose, budget: &Budget) -> Result<Value, Error> {
        match template {
            Value::String(text) => self.text(text, purpose, budget),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, purpose, budget));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    let value = self.value(value, purpose, budget)?;
                    Ok((name.clone(), value))
                });
                members.collect::<Result<_, _>>().map(Value::Object)
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
                Ok(template.clone())
            }
        }
    }

    /// A string that is one placeholder takes the value itself.
    fn text(&self, text: &str, purpose: Purpose, budget: &Budget) -> Result<Value, Error> {
        let pieces = pieces(text);
        if let [Piece::Placeholder(content)] = pieces.as_slice() {
            let value = self.look_up(content, purpose)?;
            budget.spend(size(&value))?;
            return Ok(value);
        }
        let mut out = String::new();
        for piece in pieces {
            let piece = match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Placeholder(content) => python::text(&self.look_up(content, purpose)?),
            };
            budget.spend(piece.len())?;
            out.push_str(&piece);
        }
        Ok(Value::String(out.into()))
    }

    fn look_up(&self, content: &str, purpose: Purpose) -> Result<Value, Error> {
        if let Some(name) = content.strip_prefix("secrets.") {
            return self.secret(name, purpose);
        }
        let mut names = content.split('.');
        let first = names.next().unwrap_or_default();
        if first != "inputs" {
            let inputs = Value::Object(self.inputs.clone());
            let all = Object::from_iter([("inputs".to_owned(), inputs)]);
            return Err(missing(first, &Value::Object(all)));
        }
        let first = names.next().unwrap_or_default();
        let found = self.inputs.get(first);
        let mut value = found.ok_or_else(|| missing(first, &Value::Object(self.inputs.clone())))?;
        for name in names {
            value = value.get(name).ok_or_else(|| missing(name, value))?;
        }
        Ok(value.clone())
    }

    fn secret(&self, name: &str, purpose: Purpose) -> Result<Value, Error> {
        let name_of = || Error::Secret {
            name: shortened(name),
        };
        let secret = self.secrets.get(name).ok_or_else(name_of)?;
        let text = match purpose {
            Purpose::Send => secret.expose_secret(),
            Purpose::Show => HIDDEN,
        };
        Ok(Value::String(text.into()))
    }
}

struct Budget {
    limit: usize,
    left: Cell<usize>,
}

impl Budget {
    fn spend(&self, bytes: usize) -> Result<(), Error> {
        let left = self.left.get().checked_sub(bytes);
        let limit = self.limit;
        self.left.set(left.ok_or(Error::TooLarge { limit })?);
        Ok(())
    }
}

/// About how many bytes a value comes to.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 8,
        Value::String(text) | Value::BigInt(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| size(item) + 2).sum(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| name.len() + size(value) + 4;
            members.iter().map(member).sum()
        }
    }
}

fn missing(key: &str, within: &Value) -> Error {
    Error::Key {
        key: shortened(key),
        within: shortened(&python::text(within)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHO) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
