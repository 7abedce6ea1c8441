//! Inputs that are stored before their run is created.

use buffa::Message;
use connectrpc::ConnectError;
use data_encoding::HEXLOWER;
use flyte_idl::flyteidl2::{
    common::OffloadedInputData,
    dataproxy::{
        UploadInputsRequest, UploadInputsResponse,
        upload_inputs_request::{Id, Task},
    },
    task::TaskSpec,
    trigger::TriggerSpec,
};
use sha2::{Digest, Sha256};

use super::super::{State, run::uri_hash, scope, task, trigger};
use crate::embedded::{objects, store, wire};

/// Writes the inputs below their own hash and returns where.
pub(super) async fn upload(
    state: &State,
    request: UploadInputsRequest,
) -> Result<UploadInputsResponse, ConnectError> {
    let (project, domain) = match request.id {
        Some(Id::RunId(id)) => (id.project, id.domain),
        Some(Id::ProjectId(id)) => (id.name, id.domain),
        None => {
            return Err(ConnectError::invalid_argument(
                "run_id or project_id is required",
            ));
        }
    };
    scope::check_project(state, &project, &domain).await?;
    let spec = spec(state, request.task).await?;
    let ignored = &spec.task_template.metadata.cache_ignore_input_vars;
    let inputs_hash = uri_hash(&request.inputs, ignored);
    // The Go server names the directory by that hash, and so lets one caller's
    // ignored inputs overwrite another's; all content counts for this one.
    let content = HEXLOWER.encode(&Sha256::digest(request.inputs.encode_to_vec()));
    let mut directory = state.layout.objects();
    directory.extend([
        project.as_str(),
        domain.as_str(),
        "offloaded-inputs",
        content.as_str(),
    ]);
    objects::write_message(&directory.join("inputs.pb"), &*request.inputs).await?;
    let data = OffloadedInputData {
        uri: objects::uri(&directory),
        inputs_hash,
        ..Default::default()
    };
    Ok(UploadInputsResponse {
        offloaded_input_data: data.into(),
        ..Default::default()
    })
}

async fn spec(state: &State, wanted: Option<Task>) -> Result<TaskSpec, ConnectError> {
    let id = match wanted {
        Some(Task::TaskSpec(spec)) => return Ok(*spec),
        Some(Task::TaskId(id)) => *id,
        Some(Task::TriggerName(name)) => {
            let row = trigger::find(state, &name).await?;
            let spec = TriggerSpec::decode_from_slice(&row.spec).map_err(store::Error::from)?;
            wire::task_id(
                &name.project,
                &name.domain,
                &name.task_name,
                &spec.task_version,
            )
        }
        None => return Err(ConnectError::invalid_argument("a task is required")),
    };
    let missing = || {
        let message = task::not_found(&id).message.unwrap_or_default();
        ConnectError::not_found(format!("failed to get task: {message}"))
    };
    let row = task::find(state, &id).await?.ok_or_else(missing)?;
    Ok(TaskSpec::decode_from_slice(&row.spec).map_err(store::Error::from)?)
}
