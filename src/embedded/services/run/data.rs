//! What an action read and wrote.

use std::path::Path;

use buffa::Message;
use connectrpc::ConnectError;
use flyte_idl::flyteidl2::{
    common::{ActionIdentifier, ActionPhase},
    task::{Inputs, Outputs},
};

use crate::embedded::{
    objects,
    services::{State, scope::action_key},
    store::actions::ActionRow,
};

/// Where an action's data are.
pub(in crate::embedded::services) struct Uris {
    pub(in crate::embedded::services) inputs: String,
    /// Empty unless the action has succeeded.
    pub(in crate::embedded::services) outputs: String,
}

/// An action's data.
pub(in crate::embedded::services) struct Data {
    pub(in crate::embedded::services) inputs: Inputs,
    pub(in crate::embedded::services) outputs: Outputs,
    pub(in crate::embedded::services) uris: Uris,
}

/// Where the action's data are.
pub(super) fn uris(row: &ActionRow) -> Uris {
    let succeeded = matches!(
        row.phase(),
        ActionPhase::ACTION_PHASE_SUCCEEDED | ActionPhase::ACTION_PHASE_RECOVERED
    );
    let outputs = if succeeded && !row.output_uri.is_empty() {
        objects::output_file(&row.output_uri)
    } else {
        String::new()
    };
    Uris {
        inputs: objects::input_file(&row.input_uri),
        outputs,
    }
}

/// Reads the action's data; what is not there is empty and no error.
pub(in crate::embedded::services) async fn action_data(
    state: &State,
    id: &ActionIdentifier,
) -> Result<Data, ConnectError> {
    let row = super::find(state, &action_key(id)).await?;
    let uris = uris(&row);
    Ok(Data {
        inputs: read(&uris.inputs).await?,
        outputs: read(&uris.outputs).await?,
        uris,
    })
}

async fn read<M: Message>(uri: &str) -> Result<M, ConnectError> {
    if uri.is_empty() {
        return Ok(M::default());
    }
    match objects::read_message(Path::new(objects::path(uri)?)).await {
        Ok(message) => Ok(message),
        Err(error) if error.is_missing() => Ok(M::default()),
        Err(error) => Err(error.into()),
    }
}
