//! Stored structs as their schema has them: kinds of numbers, absent defaults.

use buffa_types::google::protobuf::{__buffa::oneof::value::Kind, Struct, Value as ProtoValue};
use serde_json::{Map, Value as Json};

use super::{
    error::Reason,
    msgpack,
    schema::{Field, Node, Record, Schema, whole},
    walk::{Walk, weight},
};

impl Schema {
    /// Shows a stored value as the schema has it; what does not fit stays as it is.
    pub(super) fn conform(&self, value: Json, walk: Walk<'_>) -> Json {
        self.fit(&self.root, value, walk)
    }

    fn fit(&self, node: &Node, value: Json, walk: Walk<'_>) -> Json {
        let Ok(walk) = walk.step() else {
            return value;
        };
        match (node, value) {
            (Node::Number { .. }, Json::Number(number)) => {
                number.as_f64().map_or(Json::Number(number), Json::from)
            }
            (Node::Integer, Json::Number(number)) => {
                let integer = number.as_f64().filter(|_| number.is_f64()).and_then(whole);
                integer.map_or(Json::Number(number), Json::from)
            }
            (Node::Array(item), Json::Array(items)) => items
                .into_iter()
                .map(|value| self.fit(item, value, walk))
                .collect(),
            (Node::Map { value: item, .. }, Json::Object(members)) => {
                let fit = |(name, value)| (name, self.fit(item, value, walk));
                Json::Object(members.into_iter().map(fit).collect())
            }
            (Node::Record(record), Json::Object(members)) => self.fit_record(record, members, walk),
            (Node::AnyOf(nodes), value) => match only_candidate(nodes, walk) {
                Some(only) if !value.is_null() => self.fit(only, value, walk),
                _ => value,
            },
            (Node::Ref(name), value) => match self.resolve(name) {
                Ok(node) => self.fit(node, value, walk),
                Err(_) => value,
            },
            (_, value) => value,
        }
    }

    /// The members in the order they are stored, then the defaults of those that are not.
    fn fit_record(&self, record: &Record, stored: Map<String, Json>, walk: Walk<'_>) -> Json {
        let mut members: Map<String, Json> = stored
            .into_iter()
            .map(|(name, value)| match record.fields.get(&name) {
                Some(field) => (name, self.fit(&field.node, value, walk)),
                None => (name, value),
            })
            .collect();
        if walk.bulk(record.fields.len()).is_err() {
            return Json::Object(members);
        }
        for (name, Field { node, default, .. }) in &record.fields {
            if let Some(default) = default
                && !members.contains_key(name)
                && walk.bulk(name.len()).is_ok()
                && walk.charge(weight(default)).is_ok()
                && let Ok(default) = serde_json::to_value(default)
            {
                members.insert(name.clone(), self.fit(node, default, walk));
            }
        }
        Json::Object(members)
    }
}

/// The one type that a value which is not null may have.
fn only_candidate<'a>(nodes: &'a [Node], walk: Walk<'_>) -> Option<&'a Node> {
    walk.bulk(nodes.len()).ok()?;
    let mut candidates = nodes.iter().filter(|node| !matches!(node, Node::Null));
    candidates.next().filter(|_| candidates.next().is_none())
}

/// A protobuf struct, whose numbers are all doubles, with members by name.
pub(super) fn struct_to_json(message: &Struct, walk: Walk<'_>) -> Result<Json, Reason> {
    let walk = walk.step()?;
    let mut members: Vec<_> = message.fields.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let members = members
        .into_iter()
        .map(|(name, value)| Ok((name.clone(), value_to_json(value, walk)?)));
    members.collect::<Result<Map<_, _>, _>>().map(Json::Object)
}

fn value_to_json(value: &ProtoValue, walk: Walk<'_>) -> Result<Json, Reason> {
    let walk = walk.step()?;
    Ok(match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::from(*value),
        Some(Kind::NumberValue(value)) => msgpack::float(*value),
        Some(Kind::StringValue(text)) => Json::from(text.as_str()),
        Some(Kind::StructValue(message)) => struct_to_json(message, walk)?,
        Some(Kind::ListValue(list)) => {
            let items = list.values.iter().map(|item| value_to_json(item, walk));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
    })
}
