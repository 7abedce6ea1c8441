//! Triggers: deployed, listed, switched. No schedule fires them here.

use buffa::Message;
use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::{
    common::{TriggerIdentifier, TriggerName},
    task::{TaskTrigger, TriggerAutomationSpec, task_trigger_spec},
    trigger::{
        DeleteTriggersRequest, DeleteTriggersResponse, DeployTriggerRequest, DeployTriggerResponse,
        GetTriggerDetailsRequest, GetTriggerDetailsResponse, GetTriggerRevisionDetailsRequest,
        GetTriggerRevisionDetailsResponse, GetTriggerRevisionHistoryRequest,
        GetTriggerRevisionHistoryResponse, ListTriggersRequest, ListTriggersResponse, Trigger,
        TriggerDetails, TriggerMetadata, TriggerService, TriggerSpec, TriggerStatus,
        UpdateTriggersRequest, UpdateTriggersResponse, list_triggers_request::ScopeBy,
        trigger_spec,
    },
};

use super::{State, scope::check_project, unimplemented};
use crate::embedded::{
    identity, store,
    store::triggers::{TriggerKey, TriggerRow},
    wire,
};

mod schedule;

pub(super) struct Triggers(pub(super) State);

impl TriggerService for Triggers {
    async fn deploy_trigger(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, DeployTriggerRequest>,
    ) -> ServiceResult<DeployTriggerResponse> {
        let request = request.to_owned_message();
        let by = identity::subject(context.headers());
        let automation = &request.automation_spec;
        let row = deploy(&self.0, &request.name, &request.spec, automation, &by).await?;
        Response::ok(DeployTriggerResponse {
            trigger: details(&row)?.into(),
            ..Default::default()
        })
    }

    async fn get_trigger_details(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetTriggerDetailsRequest>,
    ) -> ServiceResult<GetTriggerDetailsResponse> {
        let name = request
            .to_owned_message()
            .name
            .into_option()
            .unwrap_or_default();
        let row = find(&self.0, &name).await?;
        Response::ok(GetTriggerDetailsResponse {
            trigger: details(&row)?.into(),
            ..Default::default()
        })
    }

    async fn get_trigger_revision_details(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetTriggerRevisionDetailsRequest>,
    ) -> ServiceResult<GetTriggerRevisionDetailsResponse> {
        Err(unimplemented("revisions of triggers"))
    }

    async fn list_triggers(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListTriggersRequest>,
    ) -> ServiceResult<ListTriggersResponse> {
        let request = request.to_owned_message();
        let (project, domain, task) = match &request.scope_by {
            Some(ScopeBy::ProjectId(id)) => (id.name.as_str(), id.domain.as_str(), ""),
            Some(ScopeBy::TaskId(id)) => {
                (id.project.as_str(), id.domain.as_str(), id.name.as_str())
            }
            Some(ScopeBy::TaskName(id)) => {
                (id.project.as_str(), id.domain.as_str(), id.name.as_str())
            }
            Some(ScopeBy::Org(_)) | None => ("", "", ""),
        };
        let scope = [
            ("project", project),
            ("domain", domain),
            ("task_name", task),
        ];
        let page = self.0.store.triggers(&scope, &request.request).await?;
        Response::ok(ListTriggersResponse {
            triggers: page.rows.iter().map(summary).collect::<Result<_, _>>()?,
            token: page.token,
            ..Default::default()
        })
    }

    async fn get_trigger_revision_history(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetTriggerRevisionHistoryRequest>,
    ) -> ServiceResult<GetTriggerRevisionHistoryResponse> {
        Err(unimplemented("revisions of triggers"))
    }

    /// Unknown names and triggers that are switched so already are no error.
    async fn update_triggers(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, UpdateTriggersRequest>,
    ) -> ServiceResult<UpdateTriggersResponse> {
        let request = request.to_owned_message();
        let by = identity::subject(context.headers());
        for name in &request.names {
            self.0
                .store
                .switch_trigger(&key(name), request.active, &by)
                .await?;
        }
        Response::ok(UpdateTriggersResponse::default())
    }

    async fn delete_triggers(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, DeleteTriggersRequest>,
    ) -> ServiceResult<DeleteTriggersResponse> {
        for name in &request.to_owned_message().names {
            self.0.store.delete_trigger(&key(name)).await?;
        }
        Response::ok(DeleteTriggersResponse::default())
    }
}

/// Deploys a trigger that came with its task.
pub(super) async fn deploy_declared(
    state: &State,
    name: &TriggerName,
    declared: &TaskTrigger,
    version: &str,
    by: &str,
) -> Result<(), ConnectError> {
    use task_trigger_spec::InputWrapper as Declared;
    let inputs = declared
        .spec
        .input_wrapper
        .clone()
        .map(|inputs| match inputs {
            Declared::Inputs(inputs) => trigger_spec::InputWrapper::Inputs(inputs),
            Declared::OffloadedInputData(data) => {
                trigger_spec::InputWrapper::OffloadedInputData(data)
            }
        });
    let spec = TriggerSpec {
        input_wrapper: inputs,
        run_spec: declared.spec.run_spec.clone(),
        active: declared.spec.active,
        task_version: version.to_owned(),
        description: declared.spec.description.clone(),
        ..Default::default()
    };
    deploy(state, name, &spec, &declared.automation_spec, by).await?;
    Ok(())
}

/// The trigger of that name.
pub(super) async fn find(state: &State, name: &TriggerName) -> Result<TriggerRow, ConnectError> {
    state.store.trigger(&key(name)).await?.ok_or_else(|| {
        let TriggerName {
            name, task_name, ..
        } = name;
        ConnectError::not_found(format!("trigger {name:?} of task {task_name:?} not found"))
    })
}

async fn deploy(
    state: &State,
    name: &TriggerName,
    spec: &TriggerSpec,
    automation: &TriggerAutomationSpec,
    by: &str,
) -> Result<TriggerRow, ConnectError> {
    check_project(state, &name.project, &name.domain).await?;
    if name.name.is_empty() || name.task_name.is_empty() {
        return Err(ConnectError::invalid_argument(
            "a trigger needs a name and a task's name",
        ));
    }
    schedule::check(automation)?;
    let messages = (spec.encode_to_vec(), automation.encode_to_vec());
    let (spec_bytes, automation_bytes) = messages;
    let switch = (spec.active, by);
    Ok(state
        .store
        .deploy_trigger(&key(name), spec_bytes, automation_bytes, switch)
        .await?)
}

fn key(name: &TriggerName) -> TriggerKey {
    TriggerKey {
        project: name.project.clone(),
        domain: name.domain.clone(),
        task_name: name.task_name.clone(),
        name: name.name.clone(),
    }
}

fn id(row: &TriggerRow) -> TriggerIdentifier {
    let name = TriggerName {
        project: row.project.clone(),
        domain: row.domain.clone(),
        task_name: row.task_name.clone(),
        name: row.name.clone(),
        ..Default::default()
    };
    TriggerIdentifier {
        name: name.into(),
        revision: row.revision.unsigned_abs(),
        ..Default::default()
    }
}

fn metadata(row: &TriggerRow) -> TriggerMetadata {
    TriggerMetadata {
        deployed_by: wire::identity(&row.deployed_by),
        updated_by: wire::identity(&row.updated_by),
        ..Default::default()
    }
}

fn status(row: &TriggerRow) -> TriggerStatus {
    TriggerStatus {
        deployed_at: wire::time(row.created_at).into(),
        updated_at: wire::time(row.updated_at).into(),
        ..Default::default()
    }
}

fn automation(row: &TriggerRow) -> Result<TriggerAutomationSpec, store::Error> {
    Ok(TriggerAutomationSpec::decode_from_slice(&row.automation)?)
}

fn details(row: &TriggerRow) -> Result<TriggerDetails, store::Error> {
    let mut spec = TriggerSpec::decode_from_slice(&row.spec)?;
    spec.active = row.active;
    Ok(TriggerDetails {
        id: id(row).into(),
        metadata: metadata(row).into(),
        description: (!spec.description.is_empty()).then(|| spec.description.clone()),
        spec: spec.into(),
        status: status(row).into(),
        automation_spec: automation(row)?.into(),
        ..Default::default()
    })
}

fn summary(row: &TriggerRow) -> Result<Trigger, store::Error> {
    Ok(Trigger {
        id: id(row).into(),
        metadata: metadata(row).into(),
        status: status(row).into(),
        active: row.active,
        automation_spec: automation(row)?.into(),
        ..Default::default()
    })
}
