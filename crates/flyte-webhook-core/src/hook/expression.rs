//! Expressions of rules, in the Common Expression Language.
//!
//! They stand in the configuration and see a delivery as `event`, which is the
//! same for all providers, and `payload`, which is what the provider sent. What
//! can be known to be wrong is wrong at the start. The crate that evaluates them
//! counts no costs, so what an expression may cost is bounded by its own size,
//! the functions it may use, and the sizes of what it works on.

mod check;
mod kind;
mod mistake;
mod reads;
mod value;

use std::{fmt, sync::Arc};

use cel::{Context, Env, ExecutionError, Program, Value as Cel, extensions};

pub use self::{
    kind::{Foreseen, Kind},
    mistake::Mistake,
    value::Subject,
};
use crate::json::Value;

/// What `event` has: text, or null where the delivery does not say.
pub const FIELDS: [&str; 11] = [
    "provider",
    "type",
    "action",
    "qualified_type",
    "delivery_id",
    "resource_id",
    "occurred_at",
    "scope",
    "title",
    "url",
    "actor",
];

/// The variables.
const EVENT: &str = "event";
const PAYLOAD: &str = "payload";

/// The longest expression, in bytes.
pub const LONGEST: usize = 2_048;

/// How deep its parts may nest.
pub const DEEPEST: usize = 64;

/// How deep brackets may nest: the parser takes much of the stack for each.
const DEEPEST_BRACKETS: usize = 8;

/// How deep comprehensions may nest.
pub const MOST_LOOPS: u32 = 2;

/// The longest list that one may go over, by how deep they nest.
const LONGEST_LISTS: [usize; 2] = [1_000, 256];

/// How many bytes the texts that comprehensions make may come to.
const MOST_TEXT: usize = 1 << 28;

/// An expression that was checked.
#[derive(Clone)]
pub struct Expression {
    source: Arc<str>,
    program: Arc<Program>,
    env: Arc<Env>,
    shape: check::Shape,
}

/// What an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Whether a rule applies: true or false.
    Condition,
    /// What makes two deliveries the same: text, or a whole number.
    Key,
    /// An input of a task.
    Input,
}

/// Why an expression has no value for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The payload does not have what is asked for.
    #[error("the payload lacks what is asked for")]
    Missing,
    /// Something has another type than is needed.
    #[error("something has another type than is needed")]
    Type,
    /// The payload is too large to go over.
    #[error("the payload is too large to go over")]
    TooLarge,
    /// A number is out of range, or there is no such index.
    #[error("a number is out of range")]
    Range,
    /// Anything else.
    #[error("the expression fails")]
    Other,
}

impl Error {
    /// A stable word for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "member_missing",
            Self::Type => "wrong_type",
            Self::TooLarge => "too_large",
            Self::Range => "out_of_range",
            Self::Other => "failed",
        }
    }
}

impl Expression {
    /// Reads an expression and checks what can be.
    pub fn compile(source: &str, purpose: Purpose) -> Result<Self, Mistake> {
        if source.trim().is_empty() {
            return Err(Mistake::Empty);
        }
        if source.len() > LONGEST {
            return Err(Mistake::TooLong);
        }
        let env = environment();
        check::brackets(source)?;
        let program = env
            .compile(source)
            .map_err(|errors| check::syntax(source, &errors))?;
        let shape = check::shape(&program)?;
        let expression = Self {
            source: source.into(),
            program: Arc::new(program),
            env: Arc::new(env),
            shape,
        };
        expression.check_types(purpose)?;
        Ok(expression)
    }

    /// As it is written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What is known of its value before anything is delivered.
    pub fn foreseen(&self) -> Option<Foreseen> {
        if self.shape.uses_payload() || self.shape.uses_event() {
            return self.shape.kind.map(Foreseen::Kind);
        }
        self.value(&Subject::sample()).ok().map(Foreseen::Value)
    }

    /// Its value for a delivery.
    pub fn value(&self, subject: &Subject<'_>) -> Result<Value, Error> {
        // As exact as it was sent, which numbers are not once they were calculated with.
        if let Some(path) = &self.shape.path {
            let part = subject.at(path);
            return part.exists().then(|| part.value()).ok_or(Error::Missing);
        }
        let value = self.evaluate(subject).map_err(|error| reason(&error))?;
        value::to_json(&value).ok_or(Error::Type)
    }

    /// Its value as a condition.
    pub fn holds(&self, subject: &Subject<'_>) -> Result<bool, Error> {
        if let Value::Bool(value) = self.value(subject)? {
            Ok(value)
        } else {
            Err(Error::Type)
        }
    }

    /// Its value as a key.
    pub fn key(&self, subject: &Subject<'_>) -> Result<String, Error> {
        let key = match self.value(subject)? {
            Value::String(text) => Some(text.into()).filter(|text: &String| !text.is_empty()),
            Value::Int(number) => Some(number.to_string()),
            Value::BigInt(digits) => Some(digits.into()),
            Value::Null | Value::Bool(_) | Value::Float(_) | Value::Array(_) | Value::Object(_) => {
                None
            }
        };
        key.ok_or(Error::Type)
    }

    fn evaluate(&self, subject: &Subject<'_>) -> Result<Cel, ExecutionError> {
        if !self.can_afford(subject) {
            return Err(ExecutionError::InternalError(TOO_LARGE.to_owned()));
        }
        let mut context = Context::with_env(Arc::clone(&self.env));
        if self.shape.uses_event() {
            context.add_variable_as_val(EVENT, subject.event(&self.shape.event));
        }
        if self.shape.uses_payload() {
            context.add_variable_as_val(PAYLOAD, self.shape.payload.of(subject.payload()));
        }
        self.program.execute(&context)
    }

    /// Whether its loops end in time.
    fn can_afford(&self, subject: &Subject<'_>) -> bool {
        let Some(depth) = (self.shape.loops as usize).checked_sub(1) else {
            return true;
        };
        let (longest_list, longest_text) = subject.longest();
        let pieces = if self.shape.splits { longest_text } else { 0 };
        let longest = longest_list.max(pieces);
        let most = LONGEST_LISTS.get(depth).copied().unwrap_or_default();
        let rounds = longest.saturating_pow(self.shape.loops);
        longest <= most && rounds.saturating_mul(longest_text) <= MOST_TEXT
    }

    /// What uses nothing of the payload has a value for any event.
    fn check_types(&self, purpose: Purpose) -> Result<(), Mistake> {
        if self.shape.uses_payload() {
            return Ok(());
        }
        let sample = Subject::sample();
        match (self.value(&sample), purpose) {
            (Err(Error::Type), _) => Err(Mistake::Types),
            (Ok(value), Purpose::Condition) if !matches!(value, Value::Bool(_)) => {
                Err(Mistake::NoCondition)
            }
            (Ok(value), Purpose::Key) if !matches!(value, Value::String(_) | Value::Int(_)) => {
                Err(Mistake::NoKey)
            }
            (Ok(_) | Err(_), _) => Ok(()),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

const TOO_LARGE: &str = "too large";

fn environment() -> Env {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings)
        .expect("the standard library declares nothing of the extension");
    env
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum may grow, and the rest comes to the same"
)]
fn reason(error: &ExecutionError) -> Error {
    match error {
        ExecutionError::NoSuchKey(_) => Error::Missing,
        ExecutionError::InvalidArgumentCount { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::NotSupportedAsMethod { .. }
        | ExecutionError::UnsupportedKeyType(_)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::NoSuchOverload(_)
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnsupportedIndex(..) => Error::Type,
        ExecutionError::DivisionByZero(_)
        | ExecutionError::RemainderByZero(_)
        | ExecutionError::Overflow(..)
        | ExecutionError::IndexOutOfBounds(_) => Error::Range,
        ExecutionError::InternalError(text) if text == TOO_LARGE => Error::TooLarge,
        _ => Error::Other,
    }
}

#[cfg(test)]
mod tests;
