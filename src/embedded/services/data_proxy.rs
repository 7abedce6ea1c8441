//! Data that travel beside the runs: uploads, inputs, outputs, logs.

use connectrpc::{RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream};
use flyte_idl::flyteidl2::dataproxy::{
    CreateDownloadLinkRequest, CreateDownloadLinkResponse, CreateUploadLocationRequest,
    CreateUploadLocationResponse, DataProxyService, GetActionDataRequest, GetActionDataResponse,
    TailLogsRequest, TailLogsResponse, UploadInputsRequest, UploadInputsResponse,
};

use super::{State, run};
use crate::embedded::faults;

mod download;
mod inputs;
mod logs;
mod upload;

pub(super) struct DataProxy(pub(super) State);

impl DataProxyService for DataProxy {
    async fn create_upload_location(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, CreateUploadLocationRequest>,
    ) -> ServiceResult<CreateUploadLocationResponse> {
        let mut place = upload::locate(&self.0, &request.to_owned_message()).await?;
        if let Some(url) = faults::upload_address(context.extensions()) {
            url.clone_into(&mut place.signed_url);
        }
        Response::ok(place)
    }

    async fn upload_inputs(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, UploadInputsRequest>,
    ) -> ServiceResult<UploadInputsResponse> {
        Response::ok(inputs::upload(&self.0, request.to_owned_message()).await?)
    }

    async fn create_download_link(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, CreateDownloadLinkRequest>,
    ) -> ServiceResult<CreateDownloadLinkResponse> {
        Response::ok(download::link(&self.0, request.to_owned_message()).await?)
    }

    async fn get_action_data(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetActionDataRequest>,
    ) -> ServiceResult<GetActionDataResponse> {
        let id = request.to_owned_message().action_id;
        let data = run::action_data(&self.0, &id).await?;
        Response::ok(GetActionDataResponse {
            inputs: data.inputs.into(),
            outputs: data.outputs.into(),
            inputs_uri: data.uris.inputs,
            outputs_uri: data.uris.outputs,
            ..Default::default()
        })
    }

    async fn tail_logs(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, TailLogsRequest>,
    ) -> ServiceResult<ServiceStream<TailLogsResponse>> {
        Response::ok(logs::tail(&self.0, &request.to_owned_message()).await?)
    }
}
