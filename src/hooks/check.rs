//! Whether rules fit the tasks as they are deployed, before anything is delivered.

use flyte_idl::flyteidl2::core::LiteralType;
use flyte_webhook_core::{
    hook::{
        expression::{Expression, Foreseen},
        rule::Rule,
    },
    json::{Object, Value},
    literal::{self, Reason},
};

use super::{Failure, Hooks, Occasion};
use crate::{
    auth,
    config::Hook,
    control_plane::{Caller, ExchangeError, Task},
};

/// What is wrong with a key of the configuration, by what the control plane says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The key, with dots between levels.
    pub key: String,
    /// What is wrong with it, and what to write.
    pub reason: String,
}

/// What is found of one hook.
struct Findings<'a> {
    hook: &'a str,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, key: &str, reason: impl Into<String>) {
        self.found.push(Finding {
            key: format!("hooks.{}.{key}", self.hook),
            reason: reason.into(),
        });
    }
}

impl Hooks {
    /// All that does not fit, of all hooks.
    ///
    /// # Errors
    ///
    /// Where the control plane cannot be asked.
    pub async fn check(&self, occasion: &Occasion) -> Result<Vec<Finding>, Failure> {
        let mut all = Vec::new();
        for hook in self.all() {
            let mut findings = Findings {
                hook: &hook.name,
                found: Vec::new(),
            };
            self.check_hook(hook, occasion, &mut findings).await?;
            all.append(&mut findings.found);
        }
        Ok(all)
    }

    async fn check_hook(
        &self,
        hook: &Hook,
        occasion: &Occasion,
        findings: &mut Findings<'_>,
    ) -> Result<(), Failure> {
        let admitted = match self.caller(hook, &occasion.part()).await {
            Ok(admitted) => admitted,
            Err(error) if is_refusal(&error) => {
                findings.add("identity", REFUSED);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for (index, rule) in hook.rules.iter().enumerate() {
            let key = format!("rules[{index}]");
            match self
                .check_rule(&admitted.caller, rule, &key, findings)
                .await
            {
                // The other rules would say the same.
                Err(failure) if failure.is_unauthenticated() => {
                    findings.add("identity", REFUSED);
                    return Ok(());
                }
                checked => checked?,
            }
        }
        Ok(())
    }

    async fn check_rule(
        &self,
        caller: &Caller,
        rule: &Rule,
        key: &str,
        findings: &mut Findings<'_>,
    ) -> Result<(), Failure> {
        let version = rule.version.as_deref();
        match self.task(caller, &rule.task, version).await {
            Ok(task) => fit(&task, rule, key, findings),
            Err(Failure::NoTask { .. }) => {
                let exists = version.is_some() && self.task(caller, &rule.task, None).await.is_ok();
                let (member, reason) = if exists {
                    ("version", NO_VERSION)
                } else {
                    ("task", NO_TASK)
                };
                findings.add(&format!("{key}.{member}"), reason);
            }
            Err(failure) if failure.is_denied() && !failure.is_unauthenticated() => {
                findings.add(&format!("{key}.task"), DENIED);
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

const REFUSED: &str = "is not taken by the control plane; write the credential of an account there";
const NO_TASK: &str =
    "is not deployed, or the hook's identity may not see it; deploy it, or write another";
const NO_VERSION: &str =
    "is no version of the task that is deployed; write another, or leave it out for the latest";
const DENIED: &str = "may not be looked up by the hook's identity; let it, or write another task";

fn is_refusal(error: &auth::Error) -> bool {
    matches!(
        error,
        auth::Error::OtherEndpoint | auth::Error::Exchange(ExchangeError::Refused)
    )
}

/// Whether what a rule maps fits what the task takes.
fn fit(task: &Task, rule: &Rule, key: &str, findings: &mut Findings<'_>) {
    names(task, rule, key, findings);
    for (name, expression) in &rule.inputs {
        let mut declared = task.inputs.variables.iter();
        let Some(declared) = declared.find(|variable| variable.key == *name) else {
            continue;
        };
        if let Some(reason) = misfit(&declared.value.r#type, expression) {
            findings.add(&format!("{key}.inputs.{name}"), reason);
        }
    }
}

/// Inputs that the task does not have, and those that it has to have.
fn names(task: &Task, rule: &Rule, key: &str, findings: &mut Findings<'_>) {
    let names = rule.inputs.iter().map(|(name, _)| name.clone());
    let mapped: Object = names.map(|name| (name, Value::Null)).collect();
    let defaults = &task.default_inputs;
    let errors = literal::inputs_from_json(&task.inputs, defaults, &mapped);
    for error in errors.err().unwrap_or_default() {
        let [literal::Segment::Key(name)] = error.loc() else {
            continue;
        };
        if let Reason::Extra { nearest } = error.reason() {
            let reason = match nearest {
                Some(nearest) => format!("is no input of the task; did you mean {nearest}?"),
                None => format!("is no input of the task; it has {}", declared(task)),
            };
            findings.add(&format!("{key}.inputs.{name}"), reason);
        } else if *error.reason() == Reason::Missing {
            let reason =
                format!("lacks {name}, which the task requires; write {name} and its value");
            findings.add(&format!("{key}.inputs"), reason);
        }
    }
}

fn declared(task: &Task) -> String {
    let names = task.inputs.variables.iter();
    let names: Vec<&str> = names.map(|variable| variable.key.as_str()).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Why no value of an expression fits a type.
fn misfit(declared: &LiteralType, expression: &Expression) -> Option<String> {
    match expression.foreseen()? {
        Foreseen::Value(value) => {
            let errors = literal::from_json(declared, &value).err()?;
            let error = errors.first()?;
            let place = error.pointer().replace('/', ".");
            Some(format!("does not fit the task{place}: {}", error.message()))
        }
        Foreseen::Kind(kind) => {
            let error = literal::misfit(declared, &kind.samples())?;
            let message = error.message();
            Some(format!(
                "is {} and does not fit the task: {message}",
                kind.as_str()
            ))
        }
    }
}
