//! The inputs of a run: by reference, or written here.

use std::path::Path;

use buffa::Message;
use connectrpc::ConnectError;
use data_encoding::BASE64URL_NOPAD;
use flyte_idl::flyteidl2::{
    core::parameter::Behavior,
    task::{Inputs, NamedLiteral, NamedParameter, TaskSpec},
    trigger::trigger_spec,
    workflow::create_run_request::InputWrapper,
};

use crate::embedded::objects;

/// Where a run's inputs come from.
pub(super) enum Given {
    /// Written before, used as it is: nobody fills in defaults.
    Offloaded(String),
    /// Sent along.
    Inline(Inputs),
}

impl Default for Given {
    fn default() -> Self {
        Self::Inline(Inputs::default())
    }
}

impl From<InputWrapper> for Given {
    fn from(inputs: InputWrapper) -> Self {
        match inputs {
            InputWrapper::Inputs(inputs) => Self::Inline(*inputs),
            InputWrapper::OffloadedInputData(data) => Self::Offloaded(data.uri),
        }
    }
}

impl From<trigger_spec::InputWrapper> for Given {
    fn from(inputs: trigger_spec::InputWrapper) -> Self {
        match inputs {
            trigger_spec::InputWrapper::Inputs(inputs) => Self::Inline(*inputs),
            trigger_spec::InputWrapper::OffloadedInputData(data) => Self::Offloaded(data.uri),
        }
    }
}

impl Given {
    /// Adds the task's defaults for what is missing of inline inputs.
    pub(super) fn with_defaults(self, spec: &TaskSpec) -> Self {
        let Self::Inline(mut inputs) = self else {
            return self;
        };
        for parameter in &spec.default_inputs {
            if inputs
                .literals
                .iter()
                .all(|literal| literal.name != parameter.name)
            {
                inputs.literals.extend(default(parameter));
            }
        }
        Self::Inline(inputs)
    }

    /// The location to record for the run; another one each time.
    pub(super) fn uri(&self, run_base: &str) -> String {
        match self {
            Self::Offloaded(uri) => uri.clone(),
            Self::Inline(_) => {
                let own = rand::random::<u64>();
                format!("{run_base}/inputs/{own:016x}/inputs.pb")
            }
        }
    }
}

/// Writes inline inputs to their place; whether there were any.
pub(super) async fn write(uri: &str, given: Given) -> Result<bool, ConnectError> {
    let Given::Inline(inputs) = given else {
        return Ok(false);
    };
    let path = objects::path(uri)?;
    objects::write_message(Path::new(path), &inputs).await?;
    Ok(true)
}

/// Removes written inputs that no run reads. That they may stay is no error.
pub(super) async fn remove(uri: &str) {
    let Ok(path) = objects::path(uri) else { return };
    if let Some(directory) = Path::new(path).parent() {
        let _ = tokio::fs::remove_dir_all(directory).await;
    }
}

/// The hash that clients pass on with offloaded inputs: FNV-1a of the encoded
/// inputs, without those that the task's cache ignores.
pub(in crate::embedded::services) fn uri_hash(inputs: &Inputs, ignored: &[String]) -> String {
    let mut kept = inputs.clone();
    kept.literals
        .retain(|literal| !ignored.contains(&literal.name));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in kept.encode_to_vec() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    BASE64URL_NOPAD.encode(&hash.to_be_bytes())
}

fn default(parameter: &NamedParameter) -> Option<NamedLiteral> {
    match &parameter.parameter.behavior {
        Some(Behavior::Default(literal)) => Some(NamedLiteral {
            name: parameter.name.clone(),
            value: (**literal).clone().into(),
            ..Default::default()
        }),
        _ => None,
    }
}
