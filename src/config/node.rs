//! The tree of values that all sources are merged into.

use super::origin::Origin;

/// A key with the place it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) origin: Origin,
}

/// A value with the place it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// A value before it has met the type that is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing after a key. Never a default: `task_allowlist:` with every entry
    /// commented out would otherwise allow all.
    Empty,
    /// A written `null`.
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// Text of a file in which variables were replaced; it may hold a secret,
    /// so only `written` is ever shown.
    Expanded {
        value: String,
        written: String,
    },
    /// Text of a variable or a flag, which has no type of its own.
    Outside(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A step from a node to one of its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A name for people to read: one word, since what follows may be a value
/// whose colon lacks its space.
pub(super) fn word(name: &str) -> String {
    const LONGEST: usize = 64;
    let letter = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let word: String = name.chars().take(LONGEST).take_while(letter).collect();
    let cut = if word == name { "" } else { "…" };
    word + cut
}

/// Writes a path as it is named to people: `task_allowlist[1]`, `server.port`.
pub(super) fn join(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(name) if text.is_empty() => text.push_str(&word(name)),
            Step::Key(name) => text.extend([".", &word(name)]),
            Step::Index(index) => text.extend(["[", &index.to_string(), "]"]),
        }
    }
    text
}

impl Node {
    /// A section without keys.
    pub(super) fn section(origin: Origin) -> Self {
        let value = Value::Map(Vec::new());
        Self { value, origin }
    }

    /// The value under a key of this section.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let found = entries.iter().find(|(key, _)| key.name == name);
        found.map(|(_, node)| node)
    }

    /// The value under a key of this section, to change it.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Value::Map(entries) = &mut self.value else {
            return None;
        };
        let found = entries.iter_mut().find(|(key, _)| key.name == name);
        found.map(|(_, node)| node)
    }

    /// The value at `a.b` or `list[1]`, or of the nearest section above it.
    pub(super) fn nearest(&self, key: &str) -> &Self {
        let mut node = self;
        for name in key.split(['.', '[']) {
            let index = name.strip_suffix(']').and_then(|it| it.parse().ok());
            let child = match (&node.value, index) {
                (Value::List(items), Some(index)) => items.get::<usize>(index),
                _ => node.get(name),
            };
            match child {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// Gives this value and all below it one place.
    pub(super) fn place(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.place(origin)),
            Value::Map(entries) => {
                for (key, node) in entries {
                    key.origin = origin.clone();
                    node.place(origin);
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

    /// The names of the keys of this section.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let entries = if let Value::Map(entries) = &self.value {
            entries.as_slice()
        } else {
            &[]
        };
        entries.iter().map(|(key, _)| key.name.as_str())
    }

    /// The value at a key such as `server.port`.
    pub(super) fn find(&self, key: &str) -> Option<&Self> {
        key.split('.').try_fold(self, |node, name| node.get(name))
    }

    /// Removes a key such as `server.port`, wherever it is.
    pub(super) fn forget(&mut self, key: &str) {
        match key.split_once('.') {
            None => self.remove(key),
            Some((name, rest)) => {
                if let Some(section) = self.get_mut(name) {
                    section.forget(rest);
                }
            }
        }
    }

    /// Removes a key of this section.
    pub(super) fn remove(&mut self, name: &str) {
        if let Value::Map(entries) = &mut self.value {
            entries.retain(|(key, _)| key.name != name);
        }
    }

    /// Lays another source over this one: sections key by key, all else whole.
    pub(super) fn merge(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Map(_), Value::Map(entries)) => {
                self.origin = over.origin;
                for (key, node) in entries {
                    self.insert(key, node);
                }
            }
            (_, value) => {
                let origin = over.origin;
                *self = Self { value, origin };
            }
        }
    }

    fn insert(&mut self, key: Key, node: Self) {
        if let Some(old) = self.get_mut(&key.name) {
            old.merge(node);
        } else if let Value::Map(entries) = &mut self.value {
            entries.push((key, node));
        }
    }

    /// Puts one value at a path, making sections on the way.
    pub(super) fn set(&mut self, path: &[String], node: Self) {
        let Some((name, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self.value, Value::Map(_)) {
            *self = Self::section(node.origin.clone());
        }
        if self.get(name).is_none() {
            let (name, origin) = (name.clone(), node.origin.clone());
            let key = Key {
                name,
                origin: origin.clone(),
            };
            self.insert(key, Self::section(origin));
        }
        if let Some(child) = self.get_mut(name) {
            child.set(rest, node);
        }
    }
}
