//! Which schema of several a value is stored by.

use rmpv::Value as Packed;

use crate::{
    json::Value,
    literal::{
        error::{Errors, Reason, refuse},
        schema::{Node, Schema},
        walk::Walk,
    },
};

impl Schema {
    /// The member of the union that fits best: exactly, or with the most fields, or first.
    pub(super) fn any_of(
        &self,
        nodes: &[Node],
        value: &Value,
        walk: Walk<'_>,
    ) -> Result<Packed, Errors> {
        walk.bulk_in(nodes.len(), value)?;
        if value.is_null() && nodes.iter().any(|node| matches!(node, Node::Null)) {
            return Ok(Packed::Nil);
        }
        let candidates = || nodes.iter().filter(|node| !matches!(node, Node::Null));
        if let (Some(only), None) = (candidates().next(), candidates().nth(1)) {
            return self.node(only, value, walk);
        }
        if let Some(node) = candidates().find(|node| takes_exactly(node, value)) {
            return self.node(node, value, walk);
        }
        let mut best: Option<(usize, Packed)> = None;
        for node in candidates() {
            match self.node(node, value, walk) {
                Ok(packed) => {
                    let fields = self.declared_fields(node, value);
                    if best.as_ref().is_none_or(|(most, _)| fields > *most) {
                        best = Some((fields, packed));
                    }
                }
                Err(errors) if errors.iter().any(|it| it.reason().is_fatal()) => {
                    return Err(errors);
                }
                Err(_) => {}
            }
        }
        let Some((_, packed)) = best else {
            let expected = "a value of one of the possible types".to_owned();
            return refuse(Reason::Union { expected }, value);
        };
        Ok(packed)
    }

    /// How many members of a value a node declares.
    fn declared_fields(&self, node: &Node, value: &Value) -> usize {
        if let Node::Ref(name) = node {
            let resolved = self.resolve(name);
            return resolved.map_or(0, |node| self.declared_fields(node, value));
        }
        match (node, value) {
            (Node::Record(record), Value::Object(members)) => members
                .keys()
                .filter(|name| record.fields.contains_key(*name))
                .count(),
            _ => 0,
        }
    }
}

/// Whether a value is of the kind that a node names.
fn takes_exactly(node: &Node, value: &Value) -> bool {
    matches!(
        (node, value),
        (Node::Boolean, Value::Bool(_))
            | (Node::Integer, Value::Int(_) | Value::BigInt(_))
            | (Node::Number { .. }, Value::Float(_))
            | (Node::String { .. }, Value::String(_))
    )
}
