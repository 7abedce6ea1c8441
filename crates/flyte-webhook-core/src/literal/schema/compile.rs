//! From the schema as JSON to nodes.

use indexmap::{IndexMap, IndexSet};

use super::{DEPTH, Extra, Field, Node, Record, Style};
use crate::{
    json::{Object, Value},
    literal::{error::Reason, walk::Walk},
};

pub(super) struct Compiler<'w> {
    pub(super) style: Style,
    pub(super) walk: Walk<'w>,
}

impl Compiler<'_> {
    pub(super) fn object_or_ref(&self, schema: &Object) -> Result<Node, Reason> {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => Ok(reference_to(reference)),
            None => self.object(schema, 0),
        }
    }

    pub(super) fn node(&self, schema: &Value, depth: usize) -> Result<Node, Reason> {
        if depth >= DEPTH {
            return Err(Reason::TooDeep);
        }
        self.walk.charge(1)?;
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
                // Each once: the schemas inside are compiled again for each.
                let names: IndexSet<&str> = names.iter().filter_map(Value::as_str).collect();
                self.walk.charge(names.len())?;
                let names = names.into_iter();
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
            if let Some(property) = properties.get(name)
                && !fields.contains_key(name)
            {
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
            (None, Node::Map { .. }) => Some(Value::Object(Object::default())),
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
