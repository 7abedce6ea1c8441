//! JSON to the `MessagePack` of a struct, by its schema.

mod any_of;
mod coerce;
mod file;

use std::borrow::Cow;

use rmpv::Value as Packed;

pub(super) use coerce::{finite, unsigned};

use super::{
    error::{Error, Errors, Reason, Segment, gather, refuse, within},
    msgpack,
    schema::{Extra, Field, Node, Record, Schema, Style},
    walk::{Walk, weight},
};
use crate::{
    json::{Object, Value},
    nearest::nearest,
};

impl Schema {
    /// Converts a value to what is stored for it.
    pub(super) fn pack(&self, value: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        self.node(&self.root, value, walk)
    }

    fn node(&self, node: &Node, value: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        let walk = walk.enter(value)?;
        let converted = match node {
            Node::Any => return msgpack::pack(value, self.style == Style::Pydantic, walk),
            Node::Null => value.is_null().then_some(Packed::Nil).ok_or(Reason::Null),
            Node::Boolean => coerce::boolean(value, self.style),
            Node::Integer => coerce::integer(value, self.style),
            Node::Number { duration } => coerce::number(value, self.style, *duration, walk),
            Node::String { duration } => coerce::string(value, *duration, walk),
            Node::Enum(values) => coerce::member(value, values, walk),
            Node::Array(item) => return self.array(item, value, walk),
            Node::Tuple(items) => return self.tuple(items, value, walk),
            Node::Map {
                value: node,
                integer_keys,
            } => {
                return self.map(node, *integer_keys, value, walk);
            }
            Node::Record(record) => return self.record(record, value, walk),
            Node::AnyOf(nodes) => return self.any_of(nodes, value, walk),
            Node::Ref(name) => match self.resolve(name) {
                Ok(node) => return self.node(node, value, walk),
                Err(reason) => Err(reason),
            },
        };
        converted.or_else(|reason| refuse(reason, value))
    }

    /// The walk for elements: the SDK leaves those of a dataclass's lists as they come.
    fn element<'w>(&self, walk: Walk<'w>) -> Walk<'w> {
        match self.style {
            Style::Dataclass => walk.unfilled(),
            Style::Pydantic => walk,
        }
    }

    fn array(&self, item: &Node, value: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        let Value::Array(items) = value else {
            return refuse(Reason::List, value);
        };
        let walk = self.element(walk);
        let packed = items.iter().enumerate().map(|(index, value)| {
            let packed = self.node(item, value, walk);
            packed.map_err(|errors| within(errors, &Segment::Index(index)))
        });
        gather(packed).map(Packed::Array)
    }

    fn tuple(&self, nodes: &[Node], value: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        let Value::Array(items) = value else {
            return refuse(Reason::List, value);
        };
        if items.len() != nodes.len() {
            return refuse(
                Reason::Length {
                    length: nodes.len(),
                },
                value,
            );
        }
        let packed = nodes
            .iter()
            .zip(items)
            .enumerate()
            .map(|(index, (node, value))| {
                let packed = self.node(node, value, walk);
                packed.map_err(|errors| within(errors, &Segment::Index(index)))
            });
        gather(packed).map(Packed::Array)
    }

    fn map(
        &self,
        node: &Node,
        integer_keys: bool,
        value: &Value,
        walk: Walk<'_>,
    ) -> Result<Packed, Errors> {
        let Some(members) = value.as_object() else {
            return refuse(Reason::Dict, value);
        };
        let walk = self.element(walk);
        let packed = members.iter().map(|(name, value)| {
            let member = || {
                let key = key(name, integer_keys, walk)?;
                Ok((key, self.node(node, value, walk)?))
            };
            member().map_err(|errors| within(errors, &Segment::key(name)))
        });
        gather(packed).map(Packed::Map)
    }

    fn record(&self, record: &Record, value: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        walk.bulk_in(record.fields.len(), value)?;
        let members = if record.is_file {
            walk.charge(weight(value))
                .or_else(|reason| refuse(reason, value))?;
            file::members(value, walk.strict).map(Cow::Owned)
        } else {
            value.as_object().map(Cow::Borrowed)
        };
        if let Some(members) = members {
            return self.members(record, &members, value, walk);
        }
        match value.as_array() {
            Some(items) if record.is_tuple() && !walk.strict => {
                self.items(record, items, value, walk)
            }
            Some(_) | None => refuse(Reason::Dict, value),
        }
    }

    /// A tuple given as a list.
    fn items(
        &self,
        record: &Record,
        items: &[Value],
        value: &Value,
        walk: Walk<'_>,
    ) -> Result<Packed, Errors> {
        if items.len() != record.fields.len() {
            return refuse(
                Reason::Length {
                    length: record.fields.len(),
                },
                value,
            );
        }
        let packed = items.iter().enumerate().map(|(index, item)| {
            let name = format!("item_{index}");
            let node = record
                .fields
                .get(&name)
                .map_or(&Node::Any, |field| &field.node);
            let packed = self.node(node, item, walk);
            let packed = packed.map_err(|errors| within(errors, &Segment::Index(index)))?;
            Ok((Packed::from(name), packed))
        });
        gather(packed).map(Packed::Map)
    }

    fn members(
        &self,
        record: &Record,
        members: &Object,
        whole: &Value,
        walk: Walk<'_>,
    ) -> Result<Packed, Errors> {
        let declared = record.fields.iter().filter_map(|(name, field)| {
            let packed = self.field(field, members.get(name), whole, walk);
            let named = packed.transpose()?.and_then(|packed| {
                let name = msgpack::text(name, walk).or_else(|reason| refuse(reason, whole))?;
                Ok((name, packed))
            });
            Some(named.map_err(|errors| within(errors, &Segment::key(name))))
        });
        let surplus = members
            .iter()
            .filter(|(name, _)| !record.fields.contains_key(*name));
        let surplus = surplus.map(|(name, value)| {
            let packed = self.surplus(record, name, value, walk);
            let packed = packed.map_err(|errors| within(errors, &Segment::key(name)))?;
            let name = msgpack::text(name, walk).or_else(|reason| refuse(reason, value))?;
            Ok((name, packed))
        });
        gather(declared.chain(surplus)).map(Packed::Map)
    }

    /// What is stored for a declared field, if anything.
    fn field(
        &self,
        field: &Field,
        given: Option<&Value>,
        whole: &Value,
        walk: Walk<'_>,
    ) -> Result<Option<Packed>, Errors> {
        match (given, &field.default) {
            (Some(value), _) => self.node(&field.node, value, walk).map(Some),
            (None, _) if field.required => refuse(Reason::Missing, whole),
            (None, Some(default)) if walk.fill => {
                self.default(&field.node, default, walk).map(Some)
            }
            // The task knows the default that its schema does not show.
            (None, _) => Ok(None),
        }
    }

    /// Packs a default; one that its own schema refuses is stored as it is.
    fn default(&self, node: &Node, default: &Value, walk: Walk<'_>) -> Result<Packed, Errors> {
        walk.charge(weight(default))
            .or_else(|reason| refuse(reason, default))?;
        self.node(node, default, walk).or_else(|errors| {
            if errors.iter().any(|error| error.reason().is_fatal()) {
                return Err(errors);
            }
            msgpack::pack(default, self.style == Style::Pydantic, walk)
        })
    }

    fn surplus(
        &self,
        record: &Record,
        name: &str,
        value: &Value,
        walk: Walk<'_>,
    ) -> Result<Packed, Errors> {
        match &record.extra {
            Extra::Keep(node) => self.node(node, value, walk),
            Extra::Forbid => {
                let names = record.fields.keys().map(String::as_str);
                let nearest = nearest(name, names.take(64)).map(str::to_owned);
                Err(vec![Error::about(Reason::Extra { nearest }, value)])
            }
        }
    }
}

fn key(name: &str, integer: bool, walk: Walk<'_>) -> Result<Packed, Errors> {
    if !integer {
        return msgpack::text(name, walk).map_err(|reason| vec![Error::new(reason)]);
    }
    match name.parse::<i64>() {
        Ok(number) => Ok(Packed::from(number)),
        Err(_) => Err(vec![Error::new(Reason::IntegerKey)]),
    }
}
