//! From the parameters of a request to the inputs of the task that is deployed.

use flyte_idl::flyteidl2::task::{NamedLiteral, TaskSpec};
use flyte_webhook_core::{
    json::{Object, Value},
    literal::{self, inputs_from_json},
    python::text,
};

use super::request::{OVERRIDES, PrefetchQuery};
use crate::{
    control_plane::Task,
    http::{Problem, Violation, endpoints::own_task::OwnTask},
};

/// The parameter that is the body.
const MODALITY: &str = "modality";

/// What the reference takes for absent parameters, so that saying so asks for
/// nothing.
const DEFAULT_TASK: &str = "auto";
const DEFAULT_MODALITY: &str = "text";

/// How parameters become inputs.
pub(super) struct Mapping<'a> {
    pub(super) task: &'a Task,
    pub(super) fetcher: &'a OwnTask<'a>,
}

impl Mapping<'_> {
    /// The inputs of the task, or every parameter that it does not take.
    pub(super) fn inputs(
        &self,
        parameters: &[(&'static str, Value)],
        modality: Option<Vec<String>>,
    ) -> Result<Vec<NamedLiteral>, Problem> {
        let modality = modality.filter(|it| !it.is_empty()).map(|items| {
            let items = items.into_iter().map(|item| Value::String(item.into()));
            (MODALITY, Value::Array(items.collect()))
        });
        let mut inputs = Object::default();
        let mut violations = Vec::new();
        for (name, value) in parameters.iter().cloned().chain(modality) {
            if self.takes(name) {
                inputs.insert(name.to_owned(), value);
            } else if !OVERRIDES.contains(&name) && !is_default(name, &value) {
                violations.push(self.refused(name, &value));
            }
        }
        if !violations.is_empty() {
            return Err(Problem::Invalid(violations));
        }
        let defaults = &self.task.default_inputs;
        inputs_from_json(&self.task.inputs, defaults, &inputs)
            .map_err(|errors| self.unfit(&inputs, &errors))
    }

    /// The task to run in place of the one that is deployed, if that does not do.
    pub(super) fn changed(&self, query: &PrefetchQuery) -> Result<Option<TaskSpec>, Problem> {
        let mut overrides = query.overrides.clone();
        // What is an input is no change.
        if self.takes("force") {
            overrides.force = 0;
        }
        if self.takes("hf_token_key") {
            overrides.token = None;
        }
        for (name, quantity) in [
            ("cpu", &mut overrides.cpu),
            ("memory", &mut overrides.memory),
            ("disk", &mut overrides.disk),
        ] {
            if self.takes(name) {
                *quantity = None;
            }
        }
        let spec = self.task.spec();
        let spec = spec.map_err(Problem::control_plane("Reading the task"))?;
        overrides.apply(&spec).map_err(|reason| {
            let asked = ["cpu", "memory", "disk"];
            let given = query.parameters.iter();
            let given = given.filter(|(name, _)| asked.contains(name) && !self.takes(name));
            let reason = format!("cannot be set, since {reason}; leave it out");
            let violations = given
                .map(|(name, value)| Violation::query_not_fit(name, &text(value), &reason))
                .collect();
            Problem::Invalid(violations)
        })
    }

    fn takes(&self, name: &str) -> bool {
        let mut variables = self.task.inputs.variables.iter();
        variables.any(|variable| variable.key == name)
    }

    fn refused(&self, name: &str, value: &Value) -> Violation {
        let task = self.fetcher.id;
        let reason = format!(
            "is no input of the task {task} that fetches models; leave it out, or ask for \
             deploy/prefetch_task.py to be deployed, which takes it"
        );
        match name {
            MODALITY => Violation::body_not_fit(&format!("{name} {reason}")),
            _ => Violation::query_not_fit(name, &text(value), &reason),
        }
    }

    /// What does not fit is the caller's where the caller gave it.
    fn unfit(&self, inputs: &Object, errors: &[literal::Error]) -> Problem {
        let mut violations = Vec::new();
        for error in errors {
            let [literal::Segment::Key(name), within @ ..] = error.loc() else {
                return self.fetcher.unfit(errors);
            };
            if !inputs.contains_key(name) {
                return self.fetcher.unfit(errors);
            }
            let place: &[&str] = match name.as_str() {
                MODALITY => &["body"],
                name => &["query", name],
            };
            violations.push(Violation::of_input(place, error, within));
        }
        Problem::Invalid(violations)
    }
}

fn is_default(name: &str, value: &Value) -> bool {
    let is = |value: &Value, default: &str| matches!(value, Value::String(text) if text == default);
    if let Value::Array(items) = value {
        return items.iter().all(|item| is(item, DEFAULT_MODALITY));
    }
    name == "task" && is(value, DEFAULT_TASK)
}
