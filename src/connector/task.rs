//! A webhook task as an engine sends it: what it says, and what comes in.

use std::collections::BTreeMap;

use buffa_types::google::protobuf::Struct;
use data_encoding::HEXLOWER;
use flyte_idl::flyteidl2::core::{Literal, TaskExecutionIdentifier};
use flyte_webhook_core::{
    json::{Object, Value},
    literal, parts, python,
    template::{Purpose, Renderer},
};
use secrecy::SecretString;

use super::{call::Call, calls::Id, error::Error, secrets::Secrets};

/// The type of the tasks that are performed here, and its version.
pub(super) const TASK_TYPE: &str = "webhook";
pub(super) const TASK_TYPE_VERSION: i32 = 0;

/// What of a task may be shown: the flag that asks for it, the part, and its name in
/// the output.
const SHOWN: [(&str, &str, &str); 2] = [
    ("show_data", "data", "input_data"),
    ("show_url", "url", "url"),
];

/// A task that is to be performed, as it came.
pub(super) struct Task {
    /// What the task's author wrote.
    pub(super) custom: Struct,
    /// The inputs by name.
    pub(super) inputs: Vec<(String, Literal)>,
    /// Secrets that the engine sent along.
    pub(super) secrets: BTreeMap<String, SecretString>,
    /// Which execution this is, if the engine says so: the same for every attempt.
    pub(super) execution: Option<String>,
    /// What it came by.
    pub(super) call: Call,
}

/// A task with everything put in its place.
pub(super) struct Rendered {
    /// What the author wrote, to look at the places of things.
    pub(super) template: Value,
    /// What is sent.
    sent: Value,
    /// What is shown.
    shown: Value,
    /// The secrets that are in it.
    pub(super) secrets: BTreeMap<String, SecretString>,
}

impl Task {
    pub(super) fn render(&self, secrets: &Secrets, limit: usize) -> Result<Rendered, Error> {
        let template = literal::struct_to_plain(&self.custom).map_err(Error::Definition)?;
        let inputs = self.inputs.iter().map(|(name, input)| {
            let value = literal::to_plain(input).map_err(|error| Error::Input {
                name: name.clone(),
                error,
            })?;
            Ok((name.clone(), value))
        });
        let mut inputs = inputs.collect::<Result<Object, Error>>()?;
        // They come in any order; an error that shows them should be the same each time.
        inputs.sort_keys();
        let secrets = secrets.of_task(&template, &self.secrets);
        let renderer = Renderer {
            inputs: &inputs,
            secrets: &secrets,
            limit,
        };
        let sent = renderer.render(&template, Purpose::Send)?;
        let is_set = |flag| sent.get(flag).is_some_and(is_truthy);
        let shown = if SHOWN.iter().any(|(flag, _, _)| is_set(flag)) {
            renderer.render(&template, Purpose::Show)?
        } else {
            Value::Null
        };
        Ok(Rendered {
            template,
            sent,
            shown,
            secrets,
        })
    }
}

impl Rendered {
    /// A part of the task as it is sent.
    pub(super) fn sent(&self, key: &str) -> Option<&Value> {
        self.sent.get(key).filter(|value| !value.is_null())
    }

    /// About how much memory what is shown takes.
    pub(super) fn shown_size(&self) -> usize {
        if self.shown.is_null() {
            0
        } else {
            python::text(&self.shown).len()
        }
    }

    /// What of the task its author wants to see in the output.
    pub(super) fn shown(&self) -> Object {
        let mut shown = Object::default();
        for (flag, key, name) in SHOWN {
            if self.sent(flag).is_some_and(is_truthy) {
                let value = self.shown.get(key).cloned();
                shown.insert(name.to_owned(), value.unwrap_or(Value::Null));
            }
        }
        shown
    }
}

/// Whether Python takes a value for true.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Int(number) => *number != 0,
        Value::BigInt(_) => true,
        Value::Float(number) => *number != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// One attempt to perform a task, as its engine counts them.
pub(super) struct Attempt {
    flyte: u32,
    number: u32,
    output_prefix: String,
}

impl Attempt {
    pub(super) fn new(flyte: u32, number: u32, output_prefix: String) -> Self {
        Self {
            flyte,
            number,
            output_prefix,
        }
    }

    /// One id for one attempt, so that an engine which asks twice is answered
    /// twice and its request made once. By chance where the engine does not say
    /// what it is about.
    pub(super) fn id(&self, task: &Task) -> Id {
        let Some(execution) = &task.execution else {
            return rand::random();
        };
        let parts = [
            execution.clone(),
            self.flyte.to_string(),
            self.number.to_string(),
            self.output_prefix.clone(),
        ];
        shortened(parts::sha256(parts))
    }
}

impl Task {
    /// What those who are called may know repetitions by: the same for all attempts
    /// of one execution.
    pub(super) fn delivery_id(&self) -> String {
        let id: Id = match &self.execution {
            Some(execution) => shortened(parts::sha256(["delivery", execution])),
            None => rand::random(),
        };
        format!("msg_{}", HEXLOWER.encode(&id))
    }
}

/// The first half of a hash, which is long enough to be one of its kind.
fn shortened(hash: [u8; 32]) -> Id {
    hash.first_chunk().copied().expect("a half is shorter")
}

/// Which execution of which task this is; none where the engine does not say.
pub(super) fn execution(id: &TaskExecutionIdentifier) -> Option<String> {
    let node = &id.node_execution_id;
    let run = &node.execution_id;
    let is_known = !run.name.is_empty();
    let parts = [
        &run.org,
        &run.project,
        &run.domain,
        &run.name,
        &node.node_id,
        &id.task_id.name,
    ];
    is_known.then(|| HEXLOWER.encode(&parts::sha256(parts)))
}
