//! The JSON Schema that a struct's type carries, compiled.
//!
//! Only what decides how values are stored is kept. Constraints such as
//! `minimum` or `pattern` are the task's own to check, as with the SDK.

use std::collections::BTreeMap;

use buffa_types::google::protobuf::{__buffa::oneof::value::Kind, Struct, Value as ProtoValue};
use indexmap::IndexMap;

use super::error::Reason;
use crate::json::{Object, Value};

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
    pub(super) fn compile(metadata: &Struct, tag: &str) -> Result<Option<Self>, Reason> {
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
        let compiler = Compiler { style };
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

struct Compiler {
    style: Style,
}

impl Compiler {
    fn object_or_ref(&self, schema: &Object) -> Result<Node, Reason> {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => Ok(reference_to(reference)),
            None => self.object(schema, 0),
        }
    }

    fn node(&self, schema: &Value, depth: usize) -> Result<Node, Reason> {
        if depth >= DEPTH {
            return Err(Reason::TooDeep);
        }
        let Some(schema) = schema.as_object() else {
            return Ok(Node::Any);
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return Ok(reference_to(reference));
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            return Ok(Node::Enum(values.clone()));
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            return match all.as_slice() {
                [one] => self.node(one, depth + 1),
                _ => Ok(Node::Any),
            };
        }
        if let Some(Value::Array(any)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            let nodes: Result<_, Reason> = any.iter().map(|it| self.node(it, depth + 1)).collect();
            return Ok(Node::AnyOf(nodes?));
        }
        match schema.get("type") {
            Some(Value::String(name)) => self.typed(name, schema, depth),
            Some(Value::Array(names)) => {
                let names = names.iter().filter_map(Value::as_str);
                let nodes: Result<_, Reason> =
                    names.map(|name| self.typed(name, schema, depth)).collect();
                Ok(Node::AnyOf(nodes?))
            }
            _ if schema.contains_key("properties") => self.object(schema, depth),
            _ => Ok(Node::Any),
        }
    }

    fn typed(&self, name: &str, schema: &Object, depth: usize) -> Result<Node, Reason> {
        let format = schema.get("format").and_then(Value::as_str);
        Ok(match name {
            "null" => Node::Null,
            "boolean" => Node::Boolean,
            "integer" => Node::Integer,
            "number" => Node::Number {
                duration: format == Some("time-delta"),
            },
            "string" => Node::String {
                duration: format == Some("duration"),
            },
            "array" => self.array(schema, depth)?,
            "object" => self.object(schema, depth)?,
            _ => Node::Any,
        })
    }

    fn array(&self, schema: &Object, depth: usize) -> Result<Node, Reason> {
        if let Some(Value::Array(items)) = schema.get("prefixItems") {
            let nodes: Result<_, Reason> =
                items.iter().map(|it| self.node(it, depth + 1)).collect();
            return Ok(Node::Tuple(nodes?));
        }
        let item = schema.get("items").map(|it| self.node(it, depth + 1));
        Ok(Node::Array(Box::new(
            item.transpose()?.unwrap_or(Node::Any),
        )))
    }

    fn object(&self, schema: &Object, depth: usize) -> Result<Node, Reason> {
        let additional = match schema.get("additionalProperties") {
            Some(Value::Bool(_)) | None => Node::Any,
            Some(schema) => self.node(schema, depth + 1)?,
        };
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            let keys = schema
                .get("propertyNames")
                .and_then(|names| names.get("type"));
            let integer_keys = keys.and_then(Value::as_str) == Some("integer");
            return Ok(Node::Map {
                value: Box::new(additional),
                integer_keys,
            });
        };
        let extra = match (schema.get("additionalProperties"), self.style) {
            (Some(Value::Bool(false)), _) | (None, Style::Dataclass) => Extra::Forbid,
            (Some(_), _) | (None, Style::Pydantic) => Extra::Keep(Box::new(additional)),
        };
        let fields = self.fields(schema, properties, depth)?;
        let is_file = is_file(schema, properties);
        Ok(Node::Record(Record {
            fields,
            extra,
            is_file,
        }))
    }

    /// The required fields as the schema lists them, then the rest by name.
    ///
    /// `properties` is a protobuf map, whose order is no one's choice; a struct
    /// must be stored in the same bytes by every replica.
    fn fields(
        &self,
        schema: &Object,
        properties: &Object,
        depth: usize,
    ) -> Result<IndexMap<String, Field>, Reason> {
        let required: &[Value] = match schema.get("required") {
            Some(Value::Array(names)) => names,
            _ => &[],
        };
        let mut fields = IndexMap::with_capacity(properties.len());
        for name in required.iter().filter_map(Value::as_str) {
            if let Some(property) = properties.get(name) {
                fields.insert(name.to_owned(), self.field(property, true, depth)?);
            }
        }
        for (name, property) in properties {
            if !fields.contains_key(name) {
                fields.insert(name.clone(), self.field(property, false, depth)?);
            }
        }
        Ok(fields)
    }

    fn field(&self, property: &Value, required: bool, depth: usize) -> Result<Field, Reason> {
        let node = self.node(property, depth + 1)?;
        let default = match (property.get("default"), &node) {
            (Some(default), _) => Some(default.clone()),
            // A default made by a factory is not in the schema; the SDK takes these two.
            (None, Node::Array(_)) => Some(Value::Array(Vec::new())),
            (None, Node::Map { .. }) => Some(Value::Object(Object::new())),
            (None, _) => None,
        };
        Ok(Field {
            node,
            required,
            default,
        })
    }
}

fn reference_to(reference: &str) -> Node {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    Node::Ref(name.to_owned())
}

/// Whether this is the SDK's model of a file or directory, marked or inlined.
fn is_file(schema: &Object, properties: &Object) -> bool {
    let text = |key| schema.get(key).and_then(Value::as_str);
    let marked = matches!(text("x-flyte-type"), Some("file" | "dir"));
    let titled = matches!(text("title"), Some("File" | "Dir"));
    let names = ["format", "hash", "name", "path"];
    let same =
        properties.len() == names.len() && names.iter().all(|it| properties.contains_key(*it));
    (marked || titled) && same
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
        Some(Kind::StringValue(text)) => Ok(Value::String(text.clone())),
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
