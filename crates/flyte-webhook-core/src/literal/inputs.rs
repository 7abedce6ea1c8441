//! The inputs of a run, from the object that a caller sends.

use std::collections::{HashMap, HashSet};

use flyte_idl::flyteidl2::{
    core::{__buffa::oneof::parameter::Behavior, Literal, LiteralType, VariableMap},
    task::{NamedLiteral, NamedParameter},
};

use super::{
    error::{Error, Errors, MAX_ERRORS, Reason, Segment, gather, within},
    input::converted,
    walk::{Walk, budget, weight},
};
use crate::{
    json::{Object, Value},
    nearest::nearest,
};

/// Converts the inputs of a task, in the order of its interface.
///
/// An input that is absent takes its stored default, literally; all that is
/// wrong is reported at once, missing and surplus names included.
pub fn inputs_from_json(
    interface: &VariableMap,
    defaults: &[NamedParameter],
    body: &Object,
) -> Result<Vec<NamedLiteral>, Errors> {
    let budget = budget(body.values().map(weight).sum());
    let walk = Walk::new(&budget);
    let defaults = stored_defaults(defaults);
    let declared = interface.variables.iter().map(|entry| {
        let default = defaults.get(entry.key.as_str()).copied();
        let literal = input(&entry.value.r#type, default, body.get(&entry.key), walk);
        let value = literal.map_err(|errors| within(errors, &Segment::key(&entry.key)))?;
        let (name, value) = (entry.key.clone(), value.into());
        Ok(NamedLiteral {
            name,
            value,
            ..NamedLiteral::default()
        })
    });
    let surplus = surplus(interface, body);
    let declared = gather(declared);
    if surplus.is_empty() {
        return declared;
    }
    let mut errors = declared.err().unwrap_or_default();
    errors.extend(surplus);
    errors.truncate(MAX_ERRORS);
    Err(errors)
}

fn stored_defaults(defaults: &[NamedParameter]) -> HashMap<&str, &Literal> {
    defaults
        .iter()
        .filter_map(|named| match &named.parameter.as_option()?.behavior {
            Some(Behavior::Default(literal)) => Some((named.name.as_str(), &**literal)),
            _ => None,
        })
        .collect()
}

fn input(
    literal_type: &LiteralType,
    default: Option<&Literal>,
    given: Option<&Value>,
    walk: Walk<'_>,
) -> Result<Literal, Errors> {
    match (given, default) {
        (Some(value), _) => converted(literal_type, value, walk),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vec![Error::new(Reason::Missing)]),
    }
}

/// The names that the task does not know.
fn surplus(interface: &VariableMap, body: &Object) -> Errors {
    let known: HashSet<&str> = interface
        .variables
        .iter()
        .map(|it| it.key.as_str())
        .collect();
    let unknown = body
        .iter()
        .filter(|(name, _)| !known.contains(name.as_str()));
    unknown
        .take(MAX_ERRORS)
        .map(|(name, value)| {
            let nearest = nearest(name, known.iter().copied().take(256)).map(str::to_owned);
            Error::about(Reason::Extra { nearest }, value).within(Segment::key(name))
        })
        .collect()
}
