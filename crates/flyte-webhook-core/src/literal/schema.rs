//! The JSON Schema that a struct's type carries, compiled.
//!
//! Only what decides how values are stored is kept. Constraints such as
//! `minimum` or `pattern` are the task's own to check, as with the SDK.

mod compile;

use std::collections::BTreeMap;

use buffa_types::google::protobuf::{__buffa::oneof::value::Kind, Struct, Value as ProtoValue};
use indexmap::IndexMap;

use super::{error::Reason, walk::Walk};
use crate::json::{Object, Value};
use compile::Compiler;

/// How deep schemas may nest, apart from references.
const DEPTH: usize = 64;

/// The tag of structs that pydantic stores.
const PYDANTIC: &str = "Pydantic Transformer";

/// Whose rules say what converts to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Exact types, no surplus fields.
    Dataclass,
    /// Types that can be coerced, surplus fields kept.
    Pydantic,
}

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) root: Node,
    pub(super) style: Style,
    definitions: BTreeMap<String, Node>,
}

/// One schema in a schema.
#[derive(Debug)]
pub(super) enum Node {
    Any,
    Null,
    Boolean,
    Integer,
    /// A number; `duration` if it counts seconds.
    Number {
        duration: bool,
    },
    /// A text; `duration` if it is an ISO 8601 one.
    String {
        duration: bool,
    },
    /// Any text, or one of these values.
    Enum(Vec<Value>),
    Array(Box<Node>),
    Tuple(Vec<Node>),
    Map {
        value: Box<Node>,
        integer_keys: bool,
    },
    Record(Record),
    AnyOf(Vec<Node>),
    /// By name, since definitions may refer to themselves.
    Ref(String),
}

/// An object with declared fields.
#[derive(Debug)]
pub(super) struct Record {
    /// In the order in which they are stored.
    pub(super) fields: IndexMap<String, Field>,
    pub(super) extra: Extra,
    /// A file or directory, which has a shorter form.
    pub(super) is_file: bool,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) node: Node,
    pub(super) required: bool,
    pub(super) default: Option<Value>,
}

/// What becomes of members that no field declares.
#[derive(Debug)]
pub(super) enum Extra {
    Forbid,
    Keep(Box<Node>),
}

impl Schema {
    /// Compiles the metadata of a struct type; without fields it is a plain dictionary.
    pub(super) fn compile(
        metadata: &Struct,
        tag: &str,
        walk: Walk<'_>,
    ) -> Result<Option<Self>, Reason> {
        let Value::Object(schema) = from_struct(metadata, 0)? else {
            return Ok(None);
        };
        if !schema.contains_key("properties") && !schema.contains_key("$ref") {
            return Ok(None);
        }
        let style = if tag == PYDANTIC {
            Style::Pydantic
        } else {
            Style::Dataclass
        };
        let compiler = Compiler { style, walk };
        let mut definitions = BTreeMap::new();
        for group in ["$defs", "definitions"] {
            let group = schema.get(group).and_then(Value::as_object);
            for (name, definition) in group.into_iter().flatten() {
                definitions.insert(name.clone(), compiler.node(definition, 1)?);
            }
        }
        let root = compiler.object_or_ref(&schema)?;
        Ok(Some(Self {
            root,
            style,
            definitions,
        }))
    }

    /// Follows a reference by one step.
    pub(super) fn resolve(&self, name: &str) -> Result<&Node, Reason> {
        let found = self.definitions.get(name);
        found.ok_or_else(|| Reason::Schema {
            name: name.chars().take(64).collect(),
        })
    }
}

impl Record {
    /// Whether the fields are `item_0`, `item_1` …: the SDK's form of a tuple.
    pub(super) fn is_tuple(&self) -> bool {
        let numbered = |index: usize| self.fields.contains_key(&format!("item_{index}"));
        !self.fields.is_empty() && (0..self.fields.len()).all(numbered)
    }
}

/// Reads a protobuf struct, with members by name.
fn from_struct(message: &Struct, depth: usize) -> Result<Value, Reason> {
    let mut members: Vec<_> = message.fields.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let members: Result<Object, Reason> = members
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), from_proto(value, depth + 1)?)))
        .collect();
    members.map(Value::Object)
}

/// Reads a protobuf value; numbers without a fraction are integers.
pub(super) fn from_proto(value: &ProtoValue, depth: usize) -> Result<Value, Reason> {
    // Twice: a schema in a schema is an object in an object.
    if depth >= 2 * DEPTH {
        return Err(Reason::TooDeep);
    }
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Ok(Value::Null),
        Some(Kind::BoolValue(value)) => Ok(Value::Bool(*value)),
        Some(Kind::NumberValue(value)) => {
            Ok(whole(*value).map_or(Value::Float(*value), Value::Int))
        }
        Some(Kind::StringValue(text)) => Ok(Value::String(text.into())),
        Some(Kind::StructValue(message)) => from_struct(message, depth),
        Some(Kind::ListValue(list)) => {
            let items = list.values.iter().map(|item| from_proto(item, depth + 1));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
    }
}

/// The integer that a double is, as far as doubles count exactly.
pub(super) fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked on the line")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}
