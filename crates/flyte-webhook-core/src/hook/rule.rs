//! Rules: which deliveries start which task, and with what.

use crate::{
    hook::expression::{Error, Expression, Subject},
    id::TaskId,
    json::{Object, Value},
    policy::Permit,
};

/// One rule of a hook. The task is the configuration's alone: nothing in a
/// delivery can choose another.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whether it applies; it always does without.
    pub when: Option<Expression>,
    /// What it starts.
    pub task: Permit<TaskId>,
    /// The version of the task, the latest without.
    pub version: Option<String>,
    /// The inputs, by name.
    pub inputs: Vec<(String, Expression)>,
    /// What makes two deliveries the same; without, the provider's id of the delivery.
    pub key: Option<Expression>,
}

/// What a rule makes of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It does not apply.
    Skipped(Skip),
    /// The task is to be started.
    Launch(Mapped),
    /// It applies, and there is no telling with what.
    Failed(Failure),
}

/// Why a rule does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// Its condition is false.
    ConditionFalse,
    /// Its condition asks for what the payload does not have.
    ConditionMissing,
    /// An earlier rule starts the same task under the same key, which is one run.
    Repeated,
}

impl Skip {
    /// A stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::ConditionFalse => "condition_false",
            Self::ConditionMissing => "condition_member_missing",
            Self::Repeated => "same_task_and_key",
        }
    }
}

/// What to start a task with.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The inputs by name.
    pub inputs: Object,
    /// What makes another delivery the same.
    pub key: String,
}

/// An expression of a rule that has no value for a delivery.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part} has no value: {error}")]
pub struct Failure {
    /// Which of them.
    pub part: Part,
    /// Why not.
    pub error: Error,
}

/// The parts of a rule that have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The condition.
    When,
    /// The key.
    Key,
    /// The input of this name.
    Input(String),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::When => f.write_str("when"),
            Self::Key => f.write_str("key"),
            Self::Input(name) => write!(f, "inputs.{name}"),
        }
    }
}

impl Rule {
    /// What it makes of a delivery, which the provider gave this id.
    pub fn apply(&self, subject: &Subject<'_>, delivery_id: &str) -> Outcome {
        match self.when.as_ref().map(|when| when.holds(subject)) {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => return Outcome::Skipped(Skip::ConditionFalse),
            // An event of another kind, which has no such member.
            Some(Err(Error::Missing)) => return Outcome::Skipped(Skip::ConditionMissing),
            Some(Err(error)) => {
                let part = Part::When;
                return Outcome::Failed(Failure { part, error });
            }
        }
        match self.mapped(subject, delivery_id) {
            Ok(mapped) => Outcome::Launch(mapped),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn mapped(&self, subject: &Subject<'_>, delivery_id: &str) -> Result<Mapped, Failure> {
        let input = |(name, expression): &(String, Expression)| {
            let part = || Part::Input(name.clone());
            let value = expression.value(subject);
            let value = value.map_err(|error| Failure {
                part: part(),
                error,
            })?;
            Ok::<(String, Value), Failure>((name.clone(), value))
        };
        let inputs = self.inputs.iter().map(input).collect::<Result<_, _>>()?;
        let key = match &self.key {
            Some(key) => key.key(subject).map_err(|error| Failure {
                part: Part::Key,
                error,
            })?,
            None => delivery_id.to_owned(),
        };
        Ok(Mapped { inputs, key })
    }
}

#[cfg(test)]
mod tests;
