//! Section `run_environment`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::expand;

/// What the SDK expects in every run, in its order.
const STANDARD: [&str; 3] = ["LOG_LEVEL", "LOG_FORMAT", "USER_LOG_LEVEL"];

/// What a run inherits if this server has it.
pub(super) const INHERITED: [&str; 4] = [
    "FLYTE_RESET_ROOT_LOGGER",
    "_F_E_VS",
    "_F_USE_RUST_CONTROLLER",
    "_U_USE_ACTIONS",
];

/// The variables that every run gets, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunEnvironment(Vec<(String, String)>);

impl RunEnvironment {
    pub(super) fn resolve(mut values: BTreeMap<VariableName, String>) -> Self {
        let known = STANDARD.iter().chain(&INHERITED);
        let known = known.map(|&name| VariableName(name.to_owned()));
        let mut sorted: Vec<_> = known
            .filter_map(|name| values.remove_entry(&name))
            .collect();
        sorted.extend(values);
        Self(
            sorted
                .into_iter()
                .map(|(name, value)| (name.0, value))
                .collect(),
        )
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The name of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VariableName(String);

impl<'de> Deserialize<'de> for VariableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if expand::is_variable_name(&name) {
            return Ok(Self(name));
        }
        let reason = "is not the name of a variable; write letters, digits and _";
        Err(de::Error::custom(reason))
    }
}
