//! Allowlists: which tasks, apps and triggers this server speaks about.
//!
//! A list is parsed once into typed patterns; an entry that could never match
//! anything is refused, since whoever wrote it meant something by it. Deciding
//! gives a [`Permit`], which only this module can make, so what a permit is
//! asked for cannot be reached around the list. The one other way to a permit is
//! the configuration, which gives some endpoints a task of their own.

mod entry;

use std::fmt;

use crate::id::{AppId, Scope, TaskId, TriggerId};
pub use entry::AppPattern;
use entry::{TaskEntry, TriggerEntry};

/// The configuration keys of the lists.
const TASKS: &str = "task_allowlist";
const APPS: &str = "app_allowlist";
const TRIGGERS: &str = "trigger_allowlist";

/// An allowlist entry that can never match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{list}[{index}]: {entry:?} {reason}; write {formats}")]
pub struct Error {
    /// The configuration key of the list.
    pub list: &'static str,
    /// The position in the list, from 0.
    pub index: usize,
    /// The entry as written.
    pub entry: String,
    /// What is wrong with it.
    pub reason: String,
    /// What an entry of this list looks like.
    pub formats: &'static str,
}

/// What a caller asked for is not in the allowlist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("Task {0} is not in the allowlist")]
    Task(TaskId),
    #[error("App {} is not in the allowlist", .0.name)]
    App(AppId),
    #[error("Trigger {0} is not in the allowlist")]
    Trigger(TriggerId),
}

/// What let something through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// There is no such list.
    NoList(&'static str),
    /// An entry of a list.
    Entry {
        /// The configuration key of the list.
        list: &'static str,
        /// The position in the list, from 0.
        index: usize,
    },
    /// The configuration gives it to an endpoint.
    Configured,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoList(list) => write!(f, "{list}: null"),
            Self::Entry { list, index } => write!(f, "{list}[{index}]"),
            Self::Configured => f.write_str("configured"),
        }
    }
}

impl Denied {
    /// The configuration key of the list that does not have it.
    pub fn list(&self) -> &'static str {
        match self {
            Self::Task(_) => TASKS,
            Self::App(_) => APPS,
            Self::Trigger(_) => TRIGGERS,
        }
    }
}

/// Proof that the allowlist lets this through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit<T> {
    permitted: T,
    rule: Rule,
}

impl<T> Permit<T> {
    /// What was permitted.
    pub fn get(&self) -> &T {
        &self.permitted
    }

    /// What permitted it.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Takes what was permitted out of the proof.
    pub fn into_inner(self) -> T {
        self.permitted
    }
}

impl Permit<TaskId> {
    /// The permit of an endpoint for the one task that the configuration gives
    /// to it, whatever the allowlist says.
    pub fn configured(task: TaskId) -> Self {
        Self {
            permitted: task,
            rule: Rule::Configured,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Permit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.permitted.fmt(f)
    }
}

/// The allowlists as written; an absent list allows all, an empty one nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lists<'a> {
    pub tasks: Option<&'a [String]>,
    pub apps: Option<&'a [String]>,
    pub triggers: Option<&'a [String]>,
}

/// The allowlists of one server.
#[derive(Debug, Clone)]
pub struct Policy {
    tasks: Option<Vec<TaskEntry>>,
    apps: Option<Vec<AppPattern>>,
    triggers: Option<Vec<TriggerEntry>>,
}

impl Policy {
    /// Parses the lists; a bare app name means the app in `own`.
    pub fn parse(lists: Lists<'_>, own: &Scope) -> Result<Self, Error> {
        let app = |text: &str| AppPattern::parse(text, own);
        Ok(Self {
            tasks: parse_list(TASKS, entry::TASK, lists.tasks, TaskEntry::parse)?,
            apps: parse_list(APPS, entry::APP, lists.apps, app)?,
            triggers: parse_list(
                TRIGGERS,
                entry::TRIGGER,
                lists.triggers,
                TriggerEntry::parse,
            )?,
        })
    }

    /// Asks for a task.
    pub fn task(&self, id: &TaskId) -> Result<Permit<TaskId>, Denied> {
        let list = (TASKS, self.tasks.as_deref());
        decide(list, id, TaskEntry::matches, Denied::Task)
    }

    /// Asks for an app.
    pub fn app(&self, id: &AppId) -> Result<Permit<AppId>, Denied> {
        let list = (APPS, self.apps.as_deref());
        decide(list, id, AppPattern::matches, Denied::App)
    }

    /// Asks for a trigger.
    pub fn trigger(&self, id: &TriggerId) -> Result<Permit<TriggerId>, Denied> {
        let list = (TRIGGERS, self.triggers.as_deref());
        decide(list, id, TriggerEntry::matches, Denied::Trigger)
    }

    /// Whether runs must be checked for the task they belong to.
    pub fn restricts_tasks(&self) -> bool {
        self.tasks.is_some()
    }
}

fn parse_list<T>(
    list: &'static str,
    formats: &'static str,
    entries: Option<&[String]>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, Error> {
    let one = |(index, entry): (usize, &String)| {
        parse(entry).map_err(|reason| Error {
            list,
            index,
            entry: entry.clone(),
            reason,
            formats,
        })
    };
    entries
        .map(|entries| entries.iter().enumerate().map(one).collect())
        .transpose()
}

fn decide<T: Clone, E>(
    (list, entries): (&'static str, Option<&[E]>),
    id: &T,
    matches: impl Fn(&E, &T) -> bool,
    denied: impl Fn(T) -> Denied,
) -> Result<Permit<T>, Denied> {
    let rule = match entries {
        Some(entries) => {
            let index = entries.iter().position(|entry| matches(entry, id));
            index.map(|index| Rule::Entry { list, index })
        }
        None => Some(Rule::NoList(list)),
    };
    let permitted = id.clone();
    match rule {
        Some(rule) => Ok(Permit { permitted, rule }),
        None => Err(denied(permitted)),
    }
}

#[cfg(test)]
mod tests;
