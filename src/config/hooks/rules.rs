//! The list `rules` of a hook.

use std::collections::BTreeMap;

use flyte_webhook_core::{
    hook::{
        expression::{Expression, Purpose},
        rule::Rule,
    },
    id::TaskId,
    policy::Permit,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reported;
use crate::config::report::Report;

/// The most rules of a hook, and inputs of a rule.
const MOST: usize = 100;

/// A rule of a hook.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rule")]
pub(super) struct Entry {
    /// Whether it applies, in CEL over `event` and `payload`; without, it always does.
    when: Option<String>,
    /// The task that is started: `domain/project/name`.
    task: Option<String>,
    /// Its version; without, the latest.
    version: Option<String>,
    /// Its inputs by name, in CEL.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// What makes two deliveries the same, in CEL; without, the provider's id of a delivery.
    key: Option<String>,
}

/// The rules of a hook, compiled.
pub(super) fn resolve(
    entries: Vec<Entry>,
    hook: &str,
    report: &mut Report<'_>,
) -> Option<Vec<Rule>> {
    if entries.is_empty() {
        let advice =
            "has no rules, so that it starts nothing; write rules: [{task: domain/project/name}]";
        report.invalid(hook, advice);
        return None;
    }
    if entries.len() > MOST {
        report.invalid(
            &format!("{hook}.rules"),
            "has more than 100 rules; write another hook",
        );
        return None;
    }
    let resolve = |(index, entry): (usize, Entry)| {
        let key = format!("{hook}.rules[{index}]");
        entry.resolve(&key, report)
    };
    let rules: Vec<_> = entries.into_iter().enumerate().map(resolve).collect();
    rules.into_iter().collect()
}

impl Entry {
    fn resolve(self, key: &str, report: &mut Report<'_>) -> Option<Rule> {
        let task = self.task(key, report);
        let mut compile = |member: &str, source: &str, purpose| {
            let compiled = Expression::compile(source, purpose);
            report
                .keep(&format!("{key}.{member}"), compiled)
                .ok_or(Reported)
        };
        let when = self.when.map(|it| compile("when", &it, Purpose::Condition));
        let once = self.key.map(|it| compile("key", &it, Purpose::Key));
        let inputs: Vec<_> = self
            .inputs
            .into_iter()
            .map(|(name, source)| {
                let input = compile(&format!("inputs.{name}"), &source, Purpose::Input);
                input.map(|input| (name, input)).ok()
            })
            .collect();
        if inputs.len() > MOST {
            report.invalid(
                &format!("{key}.inputs"),
                "has more than 100 inputs; write fewer",
            );
            return None;
        }
        Some(Rule {
            when: when.transpose().ok()?,
            task: task?,
            version: self.version,
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            key: once.transpose().ok()?,
        })
    }

    fn task(&self, key: &str, report: &mut Report<'_>) -> Option<Permit<TaskId>> {
        let Some(task) = &self.task else {
            report.invalid(key, "has no task; write task: domain/project/name");
            return None;
        };
        let key = format!("{key}.task");
        let parts: Vec<&str> = task.splitn(3, '/').collect();
        let &[domain, project, name] = parts.as_slice() else {
            report.invalid(&key, "is no task; write domain/project/name");
            return None;
        };
        let task = TaskId::parse(domain, project, name);
        report.keep(&key, task).map(Permit::configured)
    }
}
