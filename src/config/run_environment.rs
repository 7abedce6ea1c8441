//! Section `run_environment`.

use std::collections::BTreeMap;

use super::report::Report;

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
    pub(super) fn resolve(mut values: BTreeMap<String, String>, report: &mut Report<'_>) -> Self {
        for name in values.keys().filter(|name| !is_name(name)) {
            let reason = "is not the name of a variable; write letters, digits and _";
            report.invalid(&format!("run_environment.{name}"), reason);
        }
        let known = STANDARD.iter().chain(&INHERITED);
        let mut sorted: Vec<_> = known
            .filter_map(|&name| values.remove_entry(name))
            .collect();
        sorted.extend(values);
        Self(sorted)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}
