//! The services of both versions of Flyte, and those that every gRPC server has.
#![expect(
    refining_impl_trait,
    reason = "the traits allow any encodable answer; ours are messages"
)]

mod agents;
mod async_v1;
mod async_v2;
mod connectors;
mod health;
mod reflection;
mod sync_v1;

use std::{collections::BTreeSet, sync::Arc};

use connectrpc::{ConnectError, ConnectRpcService, DeadlinePolicy, Limits, Router};
use connectrpc_health::{HealthExt, HealthService};
use flyte_idl::{
    flyteidl::service::{
        AGENT_METADATA_SERVICE_SERVICE_NAME, ASYNC_AGENT_SERVICE_SERVICE_NAME,
        AgentMetadataServiceExt, AsyncAgentServiceExt, SYNC_AGENT_SERVICE_SERVICE_NAME,
        SyncAgentServiceExt,
    },
    flyteidl2::connector::{
        ASYNC_CONNECTOR_SERVICE_SERVICE_NAME, AsyncConnectorServiceExt,
        CONNECTOR_METADATA_SERVICE_SERVICE_NAME, ConnectorMetadataServiceExt,
    },
};

pub use self::health::Health;
use super::{
    Call, Connector, Memory,
    task::{TASK_TYPE, TASK_TYPE_VERSION},
};

/// What the connector is called, as the reference's is.
const NAME: &str = "Webhook Connector";

/// The services that engines call.
const SERVICES: [&str; 5] = [
    SYNC_AGENT_SERVICE_SERVICE_NAME,
    ASYNC_AGENT_SERVICE_SERVICE_NAME,
    AGENT_METADATA_SERVICE_SERVICE_NAME,
    ASYNC_CONNECTOR_SERVICE_SERVICE_NAME,
    CONNECTOR_METADATA_SERVICE_SERVICE_NAME,
];

/// What is not the type of any task that is performed here.
const OTHER_TYPE: &str = "_OTHER";

/// All services behind one door.
pub struct Services {
    /// What answers.
    pub rpc: ConnectRpcService,
    /// Whether it should be asked.
    pub health: Health,
    /// Every method, with the service's name before it.
    pub methods: Arc<BTreeSet<Arc<str>>>,
    /// What all calls may take.
    pub memory: Memory,
}

/// All services behind one door.
pub(super) fn all(connector: &Connector) -> Services {
    let router = Router::new();
    let service = || Arc::new(connector.clone());
    let router = SyncAgentServiceExt::register(service(), router);
    let router = AsyncAgentServiceExt::register(service(), router);
    let router = AgentMetadataServiceExt::register(service(), router);
    let router = AsyncConnectorServiceExt::register(service(), router);
    let router = ConnectorMetadataServiceExt::register(service(), router);
    let own = connectrpc_health::HEALTH_SERVICE_NAME;
    let names = SERVICES.into_iter().chain([own]);
    let health = Health::of(names);
    let router = HealthExt::register(Arc::new(HealthService::new(health.clone())), router);
    let limits = connectrpc_health::request_limits();
    let router = connectrpc_health::apply_request_limits(router, limits);
    let router = reflection::install(router);
    let most = connector.0.options.max_message_bytes;
    let limits = Limits::default()
        .with_max_request_body_size(most)
        .with_max_message_size(most);
    let methods = router
        .methods()
        .map(|path| path.trim_start_matches('/').into())
        .collect();
    let rpc = ConnectRpcService::new(router)
        .with_limits(limits)
        .with_deadline_policy(deadlines(connector));
    Services {
        rpc,
        health,
        methods: Arc::new(methods),
        memory: connector.0.memory.clone(),
    }
}

/// What arrives too slowly is given up; what is here takes as long as it may wait.
fn deadlines(connector: &Connector) -> DeadlinePolicy {
    let longest = connector.0.patience + connector.0.options.inline;
    DeadlinePolicy::new()
        .with_max(longest)
        .with_default_timeout(longest)
}

/// Refuses what is no webhook task, in the words of the reference.
fn check_type(call: &Call, name: &str, version: i32) -> Result<(), ConnectError> {
    if name == TASK_TYPE && version == TASK_TYPE_VERSION {
        call.is_about(TASK_TYPE);
        return Ok(());
    }
    call.is_about(OTHER_TYPE);
    let name: String = name.chars().take(200).collect();
    let message = format!("Cannot find connector for task type: {name}.");
    Err(ConnectError::not_found(message))
}

/// Refuses another connector's name.
fn check_name(name: &str) -> Result<(), ConnectError> {
    if name == NAME {
        return Ok(());
    }
    let name: String = name.chars().take(200).collect();
    let message = format!("Cannot find connector for name: {name}.");
    Err(ConnectError::not_found(message))
}

fn unimplemented(what: &str) -> ConnectError {
    ConnectError::unimplemented(format!("webhook tasks have no {what}"))
}
