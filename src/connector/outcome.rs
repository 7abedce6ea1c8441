//! What came of a task, as both versions of Flyte say it.

use buffa::{Enumeration, Message};
use flyte_idl::{
    flyteidl, flyteidl2,
    flyteidl2::core::{Literal, task_execution::Phase},
};
use flyte_webhook_core::{
    json::{Object, Value},
    literal,
};

/// The one output of a webhook task.
const OUTPUT: &str = "info";

/// What came of a task so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    pub(super) phase: Phase,
    pub(super) message: String,
    /// The output, of a task that has succeeded.
    pub(super) info: Option<Literal>,
}

impl Outcome {
    /// The task has succeeded with this output.
    pub(super) fn succeeded(info: Object) -> Self {
        // What came in as a literal, or as an answer within the limit, fits.
        match literal::from_plain(&Value::Object(info)) {
            Ok(info) => Self {
                phase: Phase::SUCCEEDED,
                message: "Webhook was successfully invoked!".to_owned(),
                info: Some(info),
            },
            Err(_errors) => {
                Self::failed("The webhook was called, but its answer is too large to be an output.")
            }
        }
    }

    /// The same, or a failure where no message of an engine could hold it.
    pub(super) fn within(self, limit: usize) -> Self {
        /// What stands around an outcome in a message.
        const AROUND: usize = 512;
        if self.size() + AROUND <= limit {
            return self;
        }
        Self::failed(
            "The webhook was called, but what came of it is larger than connector.max_message_bytes.",
        )
    }

    /// The task has failed, and should not be tried again.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self::new(Phase::FAILED, message)
    }

    /// The request goes on.
    pub(super) fn running() -> Self {
        Self::new(Phase::RUNNING, "The webhook is being called.")
    }

    pub(super) fn new(phase: Phase, message: impl Into<String>) -> Self {
        let (message, info) = (message.into(), None);
        Self {
            phase,
            message,
            info,
        }
    }

    /// About how much memory this takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let info = self
            .info
            .as_ref()
            .map_or(0, |info| info.encoded_len() as usize);
        self.message.len() + info
    }

    /// The outcome as Flyte 2 reads it.
    pub(super) fn resource(&self) -> flyteidl2::connector::Resource {
        let literals = self.info.iter().map(|info| flyteidl2::task::NamedLiteral {
            name: OUTPUT.to_owned(),
            value: info.clone().into(),
            ..Default::default()
        });
        let outputs = self.info.is_some().then(|| flyteidl2::task::Outputs {
            literals: literals.collect(),
            ..Default::default()
        });
        flyteidl2::connector::Resource {
            phase: self.phase.into(),
            message: self.message.clone(),
            outputs: outputs.into(),
            ..Default::default()
        }
    }

    /// What was said to Flyte 2, read back.
    pub(super) fn of(resource: flyteidl2::connector::Resource) -> Option<Self> {
        let mut literals = resource.outputs.into_option().unwrap_or_default().literals;
        let info = literals.pop().and_then(|named| named.value.into_option());
        Some(Self {
            phase: resource.phase.as_known()?,
            message: resource.message,
            info,
        })
    }

    /// The outcome as Flyte 1 reads it.
    pub(super) fn resource_v1(&self) -> flyteidl::admin::Resource {
        let outputs = self.info.as_ref().map(|info| flyteidl::core::LiteralMap {
            literals: [(OUTPUT.to_owned(), again(info))].into_iter().collect(),
            ..Default::default()
        });
        let phase = flyteidl::core::task_execution::Phase::from_i32(self.phase.to_i32());
        flyteidl::admin::Resource {
            phase: phase.unwrap_or_default().into(),
            message: self.message.clone(),
            outputs: outputs.into(),
            ..Default::default()
        }
    }
}

/// A message of one version as the other's, which has the same fields.
pub(super) fn again<A: Message, B: Message + Default>(message: &A) -> B {
    B::decode_from_slice(&message.encode_to_vec()).unwrap_or_default()
}
