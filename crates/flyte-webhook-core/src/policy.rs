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

/// Proof that the allowlist lets this through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit<T>(T);

impl<T> Permit<T> {
    /// What was permitted.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// Takes what was permitted out of the proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Permit<TaskId> {
    /// The permit of an endpoint for the one task that the configuration gives
    /// to it, whatever the allowlist says.
    pub fn configured(task: TaskId) -> Self {
        Self(task)
    }
}

impl<T: fmt::Display> fmt::Display for Permit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
            tasks: parse_list("task_allowlist", entry::TASK, lists.tasks, TaskEntry::parse)?,
            apps: parse_list("app_allowlist", entry::APP, lists.apps, app)?,
            triggers: parse_list(
                "trigger_allowlist",
                entry::TRIGGER,
                lists.triggers,
                TriggerEntry::parse,
            )?,
        })
    }

    /// Asks for a task.
    pub fn task(&self, id: &TaskId) -> Result<Permit<TaskId>, Denied> {
        decide(self.tasks.as_deref(), id, TaskEntry::matches, Denied::Task)
    }

    /// Asks for an app.
    pub fn app(&self, id: &AppId) -> Result<Permit<AppId>, Denied> {
        decide(self.apps.as_deref(), id, AppPattern::matches, Denied::App)
    }

    /// Asks for a trigger.
    pub fn trigger(&self, id: &TriggerId) -> Result<Permit<TriggerId>, Denied> {
        decide(
            self.triggers.as_deref(),
            id,
            TriggerEntry::matches,
            Denied::Trigger,
        )
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
    entries: Option<&[E]>,
    id: &T,
    matches: impl Fn(&E, &T) -> bool,
    denied: impl Fn(T) -> Denied,
) -> Result<Permit<T>, Denied> {
    match entries {
        Some(entries) if !entries.iter().any(|entry| matches(entry, id)) => Err(denied(id.clone())),
        Some(_) | None => Ok(Permit(id.clone())),
    }
}

#[cfg(test)]
mod tests;
