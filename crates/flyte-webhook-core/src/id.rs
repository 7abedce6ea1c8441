//! Names in the control plane, each a type of its own.
//!
//! A name is parsed once, where it enters (a path segment, a query parameter,
//! the configuration), and is then known to be plain ASCII without a slash.
//! That is what makes allowlists mean what they say: a decoded `%2F`, a
//! look-alike letter or a dot segment never becomes a name.

mod run_name;

use std::fmt;

pub use run_name::RunName;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no text at all.
    #[error("{what} is empty")]
    Empty { what: &'static str },
    /// The text is longer than the control plane stores.
    #[error("{what} has {length} characters, at most {max} are allowed")]
    TooLong {
        what: &'static str,
        length: usize,
        max: usize,
    },
    /// A character outside the grammar.
    #[error("{what} contains {found:?}, only ASCII letters, digits and {allowed} are allowed")]
    Character {
        what: &'static str,
        found: char,
        allowed: &'static str,
    },
    /// `.` or `..`, which mean a directory elsewhere.
    #[error("{what} is a dot segment")]
    Dots { what: &'static str },
    /// The name of an app, which is a host name label, starts or ends with a dash.
    #[error("{what} starts or ends with '-'")]
    Dash { what: &'static str },
}

/// The rules of one kind of name.
struct Grammar {
    what: &'static str,
    max: usize,
    extra: &'static [u8],
    allowed: &'static str,
}

impl Grammar {
    /// Letters, digits, `.`, `_` and `-`: what the control plane takes for most names.
    const fn segment(what: &'static str, max: usize) -> Self {
        let (extra, allowed) = (b"._-", "'.', '_', '-'");
        Self {
            what,
            max,
            extra,
            allowed,
        }
    }

    /// Letters, digits and `-`: names that become part of a host name.
    const fn label(what: &'static str, max: usize) -> Self {
        let (extra, allowed) = (b"-", "'-'");
        Self {
            what,
            max,
            extra,
            allowed,
        }
    }

    fn check(&self, text: &str) -> Result<(), Error> {
        let &Self {
            what,
            max,
            extra,
            allowed,
        } = self;
        if text.is_empty() {
            return Err(Error::Empty { what });
        }
        let foreign = |c: &char| {
            !(c.is_ascii_alphanumeric() || u8::try_from(*c).is_ok_and(|b| extra.contains(&b)))
        };
        if let Some(found) = text.chars().find(foreign) {
            return Err(Error::Character {
                what,
                found,
                allowed,
            });
        }
        if text.len() > max {
            let length = text.len();
            return Err(Error::TooLong { what, length, max });
        }
        if text == "." || text == ".." {
            return Err(Error::Dots { what });
        }
        if !extra.contains(&b'.') && (text.starts_with('-') || text.ends_with('-')) {
            return Err(Error::Dash { what });
        }
        Ok(())
    }
}

/// Declares a newtype over a checked text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $grammar:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            const GRAMMAR: Grammar = $grammar;

            /// Checks a text against the grammar of this kind of name.
            pub fn parse(text: &str) -> Result<Self, Error> {
                Self::GRAMMAR.check(text)?;
                Ok(Self(text.to_owned()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}
pub(crate) use name;

name!(
    /// An organisation.
    Org,
    Grammar::segment("organisation", 63)
);
name!(
    /// A domain such as `development`.
    Domain,
    Grammar::segment("domain", 63)
);
name!(
    /// A project such as `flytesnacks`.
    Project,
    Grammar::segment("project", 63)
);
name!(
    /// The name of a task such as `env.deploy`.
    TaskName,
    Grammar::segment("task name", 255)
);
name!(
    /// The name of an app.
    AppName,
    Grammar::label("app name", 30)
);
name!(
    /// The name of a trigger.
    TriggerName,
    Grammar::segment("trigger name", 255)
);

/// A task without its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskId {
    pub domain: Domain,
    pub project: Project,
    pub name: TaskName,
}

impl TaskId {
    /// Checks all three names.
    pub fn parse(domain: &str, project: &str, name: &str) -> Result<Self, Error> {
        Ok(Self {
            domain: Domain::parse(domain)?,
            project: Project::parse(project)?,
            name: TaskName::parse(name)?,
        })
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.domain, self.project, self.name)
    }
}

/// An app with the place it lives in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppId {
    pub domain: Domain,
    pub project: Project,
    pub name: AppName,
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.domain, self.project, self.name)
    }
}

/// A trigger of a task, in the webhook's own project and domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TriggerId {
    pub task: TaskName,
    pub name: TriggerName,
}

impl fmt::Display for TriggerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.task, self.name)
    }
}

/// Where runs, apps and triggers live.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    pub org: Option<Org>,
    pub project: Project,
    pub domain: Domain,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_decoded_path_can_smuggle_in_is_not_a_name() {
        for text in [
            "a/b",
            "a%2Fb",
            "a\0",
            "a\n",
            "a b",
            " a",
            "é",
            "ａ",
            "\u{200b}a",
            "a;b",
            "*",
            "a\\b",
        ] {
            assert!(
                matches!(TaskName::parse(text), Err(Error::Character { .. })),
                "{text:?}"
            );
        }
        for text in [".", ".."] {
            assert_eq!(
                TaskName::parse(text),
                Err(Error::Dots { what: "task name" }),
                "{text:?}"
            );
        }
        assert_eq!(Domain::parse(""), Err(Error::Empty { what: "domain" }));
        assert_eq!(
            Project::parse(&"p".repeat(64)),
            Err(Error::TooLong {
                what: "project",
                length: 64,
                max: 63
            })
        );
    }

    #[test]
    fn an_error_says_what_is_allowed() {
        assert_eq!(
            TaskName::parse("a/b").unwrap_err().to_string(),
            "task name contains '/', only ASCII letters, digits and '.', '_', '-' are allowed"
        );
        assert_eq!(
            AppName::parse("a.b").unwrap_err().to_string(),
            "app name contains '.', only ASCII letters, digits and '-' are allowed"
        );
        assert_eq!(AppName::parse("a-"), Err(Error::Dash { what: "app name" }));
    }

    #[test]
    fn names_in_use_are_names() {
        for text in ["env.deploy", "T", "a_b-c.d", "...", "0"] {
            assert_eq!(TaskName::parse(text).unwrap().as_str(), text);
        }
    }
}
