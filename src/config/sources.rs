//! Everything a configuration is read from, and in which order.
//!
//! Later ones win: the defaults in the binary, a command's own defaults, the
//! platform's variables, the file, `FLYTE_WEBHOOK__…`, flags.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    environment::Environment,
    expand::expand,
    node::{Node, Value},
    origin::Origin,
    otel, overrides, platform,
    problem::{Error, Problem},
    yaml,
};

/// The defaults, which are also the reference of the configuration.
pub const DEFAULTS: &str = include_str!("../../config/default.yaml");

/// The variable that names the file.
const FILE_VARIABLE: &str = "FLYTE_WEBHOOK_CONFIG";

/// Beyond this a file is not a configuration.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A value given by a command or by a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key, with dots between levels.
    pub key: &'static str,
    /// The value as text.
    pub value: String,
    /// The flag, without dashes.
    pub flag: &'static str,
}

/// What a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file; without it the one that `FLYTE_WEBHOOK_CONFIG` names, if any.
    pub file: Option<PathBuf>,
    /// Values that win over everything.
    pub flags: Vec<Setting>,
    /// Values that a command has instead of the built-in defaults: key and text.
    pub defaults: Vec<(&'static str, String)>,
    /// Keys that a command has no use for: as if nobody had written them, so that what
    /// they name need not be there.
    pub unused: &'static [&'static str],
    /// The environment.
    pub environment: Environment,
}

/// All sources in one tree.
pub(super) struct Merged {
    pub(super) tree: Node,
    /// The built-in defaults alone.
    pub(super) defaults: Node,
    /// What is wrong already; the tree has defaults in its place.
    pub(super) problems: Vec<Problem>,
}

/// The name and the text of a configuration file.
#[derive(Debug, Clone)]
pub struct Text {
    pub name: Arc<str>,
    pub text: String,
}

impl Sources {
    /// The configuration file, if one is named.
    pub(super) fn path(&self) -> Option<PathBuf> {
        let variable = || self.environment.os(FILE_VARIABLE).map(PathBuf::from);
        self.file.clone().or_else(variable)
    }

    /// Reads the configuration file, if there is one.
    pub(super) fn text(&self) -> Result<Option<Text>, Problem> {
        let Some(path) = self.path() else {
            return Ok(None);
        };
        let name: Arc<str> = path.to_string_lossy().into();
        // Only the variable can be empty: the flag needs a value.
        let origin = if name.is_empty() {
            Origin::Variable(FILE_VARIABLE.to_owned())
        } else {
            Origin::File(name.clone())
        };
        let read = read(&path).map(|text| Some(Text { name, text }));
        read.map_err(|error| Problem {
            origin,
            key: String::new(),
            error,
        })
    }

    /// Merges all sources.
    pub(super) fn merge(&self, file: Option<&Text>) -> Result<Merged, Problem> {
        let defaults = defaults();
        let mut tree = defaults.clone();
        for (key, value) in &self.defaults {
            put(&mut tree, key, value, Origin::Command);
        }
        platform::apply(&mut tree, &self.environment);
        let mut problems: Vec<Problem> = otel::apply(&mut tree, &self.environment)
            .into_iter()
            .collect();
        if let Some(file) = file {
            let mut layer = section(yaml::parse(&file.name, &file.text)?)?;
            for key in self.unused {
                layer.forget(key);
            }
            problems.extend(expand(&mut layer, &self.environment));
            tree.merge(layer);
        }
        problems.extend(overrides::apply(&mut tree, &self.environment));
        self.forget_unused(&mut tree, &defaults);
        for flag in &self.flags {
            put(&mut tree, flag.key, &flag.value, Origin::Flag(flag.flag));
        }
        Ok(Merged {
            tree,
            defaults,
            problems,
        })
    }

    /// Puts defaults in the place of what variables said of keys without a use.
    fn forget_unused(&self, tree: &mut Node, defaults: &Node) {
        for key in self.unused {
            tree.forget(key);
            if let Some(node) = defaults.find(key) {
                let path: Vec<String> = key.split('.').map(str::to_owned).collect();
                tree.set(&path, node.clone());
            }
        }
        let is_unused = |key: &str| self.unused.iter().any(|it| is_at_or_below(it, key));
        for (key, value) in self.defaults.iter().filter(|(key, _)| is_unused(key)) {
            put(tree, key, value, Origin::Command);
        }
    }
}

/// Whether a key is this one, or one in its section.
fn is_at_or_below(section: &str, key: &str) -> bool {
    let rest = key.strip_prefix(section);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The built-in defaults as a tree.
pub(super) fn defaults() -> Node {
    let mut tree = yaml::parse(&"config/default.yaml".into(), DEFAULTS)
        .expect("a test parses config/default.yaml");
    tree.place(&Origin::Default);
    tree
}

/// Puts text of a variable or flag at a key such as `server.port`.
pub(super) fn put(tree: &mut Node, key: &str, value: &str, origin: Origin) {
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    let value = Value::Outside(value.to_owned());
    tree.set(&path, Node { value, origin });
}

/// A configuration is a mapping; an empty file is refused, since it may be the
/// rest of a broken one.
fn section(root: Node) -> Result<Node, Problem> {
    let error = match root.value {
        Value::Map(_) => return Ok(root),
        Value::Empty => Error::NoKeys,
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Expanded { .. }
        | Value::Outside(_)
        | Value::List(_) => Error::NotMapping,
    };
    let key = String::new();
    Err(Problem {
        origin: root.origin,
        key,
        error,
    })
}

fn read(path: &Path) -> Result<String, Error> {
    let unreadable = |error: io::Error| Error::Unreadable {
        reason: error.kind().to_string(),
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let mut file = file.take(MAX_FILE_BYTES + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(Error::TooLarge {
            max: MAX_FILE_BYTES,
        });
    }
    String::from_utf8(bytes).map_err(|_binary| Error::NotText)
}
