//! What Flyte 1 asks for to know which tasks are performed here.

use connectrpc::{RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl::{
    admin::{
        Agent, GetAgentRequest, GetAgentResponse, ListAgentsRequest, ListAgentsResponse,
        TaskCategory,
    },
    service::AgentMetadataService,
};

use super::{Connector, NAME, TASK_TYPE, TASK_TYPE_VERSION, check_name};

impl AgentMetadataService for Connector {
    async fn get_agent(
        &self,
        _context: RequestContext,
        request: ServiceRequest<'_, GetAgentRequest>,
    ) -> ServiceResult<GetAgentResponse> {
        check_name(request.view().name)?;
        Response::ok(GetAgentResponse {
            agent: agent().into(),
            ..Default::default()
        })
    }

    async fn list_agents(
        &self,
        _context: RequestContext,
        _request: ServiceRequest<'_, ListAgentsRequest>,
    ) -> ServiceResult<ListAgentsResponse> {
        Response::ok(ListAgentsResponse {
            agents: vec![agent()],
            ..Default::default()
        })
    }
}

fn agent() -> Agent {
    let category = TaskCategory {
        name: TASK_TYPE.to_owned(),
        version: TASK_TYPE_VERSION,
        ..Default::default()
    };
    Agent {
        name: NAME.to_owned(),
        supported_task_types: vec![TASK_TYPE.to_owned()],
        is_sync: true,
        supported_task_categories: vec![category],
        ..Default::default()
    }
}
