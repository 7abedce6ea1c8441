//! The process's environment, read once.

use std::{collections::BTreeMap, ffi::OsString, io::IsTerminal};

/// A snapshot of the environment; tests write their own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    /// Whether a person reads the log.
    pub terminal: bool,
}

impl Environment {
    /// Reads the process's own environment.
    pub fn of_process() -> Self {
        let name = |(name, value): (OsString, _)| Some((name.into_string().ok()?, value));
        Self {
            variables: std::env::vars_os().filter_map(name).collect(),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// An environment with these variables.
    pub fn of<N: Into<String>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let pair = |(name, value): (N, V)| (name.into(), value.into());
        Self {
            variables: variables.into_iter().map(pair).collect(),
            terminal: false,
        }
    }

    /// Every variable as the system has it.
    pub fn into_variables(self) -> impl Iterator<Item = (OsString, OsString)> {
        let variables = self.variables.into_iter();
        variables.map(|(name, value)| (name.into(), value))
    }

    /// The value of a variable as the system has it.
    pub(super) fn os(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).cloned()
    }

    /// The value of a variable, if it is set and UTF-8.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).and_then(|value| value.to_str())
    }

    /// The value of a variable, if it is set, UTF-8 and not empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Every variable; a value that is not UTF-8 is none.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str()))
    }
}
