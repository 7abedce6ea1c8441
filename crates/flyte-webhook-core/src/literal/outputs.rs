//! The inputs or outputs of a run, as they are shown to a caller.

use std::collections::HashMap;

use flyte_idl::flyteidl2::{
    core::{Literal, VariableMap},
    task::NamedLiteral,
};
use serde_json::{Map, Value as Json};

use super::{
    output::converted_lossy,
    walk::{Walk, output_budget},
};

/// Converts the values of a run to JSON, in the order of its interface.
///
/// One that cannot be shown becomes an object with an `error`; what the
/// interface does not declare is left out, since nobody knows its type.
pub fn outputs_to_json(interface: &VariableMap, literals: &[NamedLiteral]) -> Map<String, Json> {
    let budget = output_budget();
    let walk = Walk::new(&budget);
    let literals = by_name(literals);
    let mut shown = Map::new();
    for entry in &interface.variables {
        // A name that is declared twice must not cost its value twice.
        if let Some(literal) = literals.get(entry.key.as_str())
            && let Some(literal_type) = entry.value.r#type.as_option()
            && !shown.contains_key(&entry.key)
        {
            let value = converted_lossy(literal_type, literal, walk);
            shown.insert(entry.key.clone(), value);
        }
    }
    shown
}

/// The first literal of each name.
fn by_name(literals: &[NamedLiteral]) -> HashMap<&str, &Literal> {
    let mut by_name = HashMap::with_capacity(literals.len());
    for named in literals {
        if let Some(literal) = named.value.as_option() {
            by_name.entry(named.name.as_str()).or_insert(literal);
        }
    }
    by_name
}
