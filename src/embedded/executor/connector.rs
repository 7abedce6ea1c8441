//! Tasks that a connector performs: created, asked for and deleted over gRPC, as
//! the engine of a real deployment does it.

use std::{net::SocketAddr, pin::pin, time::Duration};

use connectrpc::{
    ConnectError, Protocol,
    client::{CallOptions, ClientConfig, HttpClient},
};
use flyte_idl::flyteidl2::{
    connector::{
        AsyncConnectorServiceClient, CreateTaskRequest, DeleteTaskRequest, GetTaskRequest,
        Resource, TaskCategory, TaskExecutionMetadata,
    },
    core::{
        NodeExecutionIdentifier, TaskExecutionIdentifier, WorkflowExecutionIdentifier,
        execution_error::ErrorKind, task_execution::Phase as Reported,
    },
    task::Inputs,
};
use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Attempt, Error, Failure, Outcome, Phase, Results, enter, process, succeeded};

/// The types of tasks that go to a connector.
pub(super) const TASK_TYPES: [&str; 1] = ["webhook"];

/// How long one call of the connector may take, as in the real engine.
const CALL: Duration = Duration::from_secs(10);
/// The real engine asks every ten seconds; here somebody waits.
const PAUSE: Duration = Duration::from_millis(100);

/// Has the connector perform an attempt, and follows it to its end.
pub(super) async fn run(
    address: SocketAddr,
    attempt: &Attempt,
    phases: &mpsc::Sender<Phase>,
    abort: &CancellationToken,
) -> Result<Outcome, Error> {
    enter(phases, Phase::Initializing);
    let results = Results::prepare(&attempt.output_prefix).await?;
    let engine = Engine::of(address, attempt);
    let mut over = pin!(process::over(attempt.timeout));
    let created = tokio::select! {
        biased;
        created = engine.create(attempt) => created,
        () = &mut over => return Ok(Outcome::TimedOut),
    };
    let resource_meta = created.map_err(Error::Connector)?;
    enter(phases, Phase::Running);
    let outcome = tokio::select! {
        biased;
        () = abort.cancelled() => Outcome::Aborted,
        () = over => Outcome::TimedOut,
        ended = engine.follow(&resource_meta) => {
            return settle(attempt, &results, ended.map_err(Error::Connector)?).await;
        }
    };
    engine
        .delete(&resource_meta)
        .await
        .map_err(Error::Connector)?;
    Ok(outcome)
}

async fn settle(
    attempt: &Attempt,
    results: &Results,
    resource: Resource,
) -> Result<Outcome, Error> {
    let recoverable = match resource.phase.as_known() {
        Some(Reported::SUCCEEDED) => {
            let outputs = resource.outputs.into_option().unwrap_or_default().literals;
            results.write(&outputs).await?;
            return Ok(succeeded(attempt, outputs));
        }
        Some(Reported::ABORTED) => return Ok(Outcome::Aborted),
        phase => phase == Some(Reported::RETRYABLE_FAILED),
    };
    Ok(Outcome::Failed(Failure {
        code: "ConnectorTaskFailed".to_owned(),
        message: resource.message,
        kind: ErrorKind::USER,
        recoverable,
    }))
}

struct Engine {
    client: AsyncConnectorServiceClient<HttpClient>,
    category: TaskCategory,
    output_prefix: String,
}

impl Engine {
    fn of(address: SocketAddr, attempt: &Attempt) -> Self {
        let uri = http::Uri::builder().scheme("http").path_and_query("/");
        let uri = uri.authority(address.to_string()).build();
        let config = ClientConfig::new(uri.expect("a socket's address is an authority"))
            .with_protocol(Protocol::Grpc)
            .with_default_timeout(CALL);
        let category = TaskCategory {
            name: attempt.template.r#type.clone(),
            version: attempt.template.task_type_version,
            ..Default::default()
        };
        Self {
            client: AsyncConnectorServiceClient::new(HttpClient::plaintext_http2_only(), config),
            category,
            output_prefix: attempt.output_prefix.clone(),
        }
    }

    /// The connector is told how much time the attempt has: it answers before that, so
    /// that what goes on then can be stopped.
    async fn create(&self, attempt: &Attempt) -> Result<Vec<u8>, ConnectError> {
        let inputs = Inputs {
            literals: attempt.inputs.clone(),
            ..Default::default()
        };
        let metadata = TaskExecutionMetadata {
            task_execution_id: execution(attempt).into(),
            environment_variables: attempt.envs.iter().cloned().collect(),
            ..Default::default()
        };
        let request = CreateTaskRequest {
            inputs: inputs.into(),
            template: attempt.template.clone().into(),
            output_prefix: self.output_prefix.clone(),
            task_execution_metadata: metadata.into(),
            ..Default::default()
        };
        let patience = attempt.timeout.map_or(CALL, |timeout| timeout.min(CALL));
        let options = CallOptions::default().with_timeout(patience);
        let created = self
            .client
            .create_task_with_options(request, options)
            .await?;
        Ok(created.into_owned().resource_meta)
    }

    /// Asks until the task has ended.
    async fn follow(&self, resource_meta: &[u8]) -> Result<Resource, ConnectError> {
        loop {
            let request = GetTaskRequest {
                resource_meta: resource_meta.to_vec(),
                task_category: self.category.clone().into(),
                output_prefix: self.output_prefix.clone(),
                ..Default::default()
            };
            let answer = self.client.get_task(request).await?;
            let resource = answer.into_owned().resource;
            let resource = resource.into_option().unwrap_or_default();
            if !goes_on(&resource) {
                return Ok(resource);
            }
            sleep(PAUSE).await;
        }
    }

    async fn delete(&self, resource_meta: &[u8]) -> Result<(), ConnectError> {
        let request = DeleteTaskRequest {
            resource_meta: resource_meta.to_vec(),
            task_category: self.category.clone().into(),
            ..Default::default()
        };
        self.client.delete_task(request).await.map(|_deleted| ())
    }
}

/// A phase that is none ends the task, as in the real engine.
fn goes_on(resource: &Resource) -> bool {
    matches!(
        resource.phase.as_known(),
        Some(
            Reported::QUEUED
                | Reported::RUNNING
                | Reported::INITIALIZING
                | Reported::WAITING_FOR_RESOURCES
        )
    )
}

fn execution(attempt: &Attempt) -> TaskExecutionIdentifier {
    let run = WorkflowExecutionIdentifier {
        project: attempt.project.clone(),
        domain: attempt.domain.clone(),
        name: attempt.run.clone(),
        org: attempt.org.clone(),
        ..Default::default()
    };
    let node = NodeExecutionIdentifier {
        node_id: attempt.action.clone(),
        execution_id: run.into(),
        ..Default::default()
    };
    TaskExecutionIdentifier {
        task_id: attempt.template.id.clone(),
        node_execution_id: node.into(),
        retry_attempt: attempt.attempt.saturating_sub(1),
        ..Default::default()
    }
}
