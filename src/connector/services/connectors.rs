//! What Flyte 2 asks for to know which tasks are performed here.

use connectrpc::{RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::connector::{
    Connector as Description, ConnectorMetadataService, GetConnectorRequest, GetConnectorResponse,
    ListConnectorsRequest, ListConnectorsResponse, TaskCategory,
};

use super::{Connector, NAME, TASK_TYPE, TASK_TYPE_VERSION, check_name};

impl ConnectorMetadataService for Connector {
    async fn get_connector(
        &self,
        _context: RequestContext,
        request: ServiceRequest<'_, GetConnectorRequest>,
    ) -> ServiceResult<GetConnectorResponse> {
        check_name(request.view().name)?;
        Response::ok(GetConnectorResponse {
            connector: description().into(),
            ..Default::default()
        })
    }

    async fn list_connectors(
        &self,
        _context: RequestContext,
        _request: ServiceRequest<'_, ListConnectorsRequest>,
    ) -> ServiceResult<ListConnectorsResponse> {
        Response::ok(ListConnectorsResponse {
            connectors: vec![description()],
            ..Default::default()
        })
    }
}

fn description() -> Description {
    let category = TaskCategory {
        name: TASK_TYPE.to_owned(),
        version: TASK_TYPE_VERSION,
        ..Default::default()
    };
    Description {
        name: NAME.to_owned(),
        supported_task_categories: vec![category],
        ..Default::default()
    }
}
