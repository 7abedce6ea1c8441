//! Where a value of the configuration was written.

use std::{fmt, sync::Arc};

use super::node;

/// The place a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The defaults inside the binary.
    Default,
    /// A command's own default, such as the project that `dev` makes.
    Command,
    /// A configuration file as a whole.
    File(Arc<str>),
    /// A place in a configuration file, counted from 1.
    Position {
        file: Arc<str>,
        line: u64,
        column: u64,
    },
    /// An environment variable.
    Variable(String),
    /// A command-line flag.
    Flag(&'static str),
}

impl Origin {
    /// Line and column, to sort problems as they stand in the file.
    pub(super) fn position(&self) -> Option<(u64, u64)> {
        match self {
            Self::Position { line, column, .. } => Some((*line, *column)),
            Self::Default | Self::Command | Self::File(_) | Self::Variable(_) | Self::Flag(_) => {
                None
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("configuration"),
            Self::Command => f.write_str("default of the command"),
            Self::File(file) => f.write_str(file),
            Self::Position { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(f, "${}", node::word(name)),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}
