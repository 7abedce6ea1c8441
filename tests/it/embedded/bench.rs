//! A control plane with clients, in a directory of its own.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use connectrpc::{
    ErrorCode, Protocol,
    client::{ClientConfig, HttpClient},
};
use flyte_idl::flyteidl2::{
    common::{ActionIdentifier, ActionPhase, ProjectIdentifier, RunIdentifier},
    core::{Container, RetryStrategy, TaskMetadata, TaskTemplate, task_template::Target},
    dataproxy::{DataProxyServiceClient, GetActionDataRequest, GetActionDataResponse},
    task::{DeployTaskRequest, TaskIdentifier, TaskServiceClient, TaskSpec},
    workflow::{
        ActionDetails, CreateRunRequest, CreateRunResponse, GetActionDetailsRequest,
        RunServiceClient, WatchActionDetailsRequest, create_run_request,
    },
};
use flyte_webhook::embedded::{self, Handle, Options, faults::Rule};
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// No wait of a test is longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A bearer token whose subject is `jo`.
pub(super) const TOKEN: &str = "Bearer e30.eyJzdWIiOiJqbyJ9.x";

pub(super) struct ControlPlane {
    pub(super) address: SocketAddr,
    pub(super) directory: Arc<TempDir>,
    pub(super) http: reqwest::Client,
    handle: Handle,
    shutdown: CancellationToken,
}

/// The options of a control plane in that directory.
pub(super) fn options(directory: &Path, concurrency: usize) -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: directory.to_owned(),
        concurrency,
        tls: None,
        connector: None,
        faults: Vec::new(),
        now: jiff::Timestamp::now,
        host: embedded::HostEnvironment::keep(std::env::vars_os()),
    }
}

impl ControlPlane {
    pub(super) async fn start() -> Self {
        Self::start_in(Arc::new(TempDir::new().unwrap()), 4).await
    }

    pub(super) async fn start_in(directory: Arc<TempDir>, concurrency: usize) -> Self {
        let options = options(directory.path(), concurrency);
        Self::start_with(directory, options).await
    }

    pub(super) async fn start_with_faults(rules: Value) -> Self {
        let directory = Arc::new(TempDir::new().unwrap());
        let faults: Vec<Rule> = serde_json::from_value(rules).unwrap();
        let options = Options {
            faults,
            ..options(directory.path(), 4)
        };
        Self::start_with(directory, options).await
    }

    pub(super) async fn start_with(directory: Arc<TempDir>, options: Options) -> Self {
        let shutdown = CancellationToken::new();
        let handle = embedded::start(options, shutdown.clone()).await.unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            address: handle.address(),
            directory,
            http,
            handle,
            shutdown,
        }
    }

    /// Stops it as a signal would and gives the directory back.
    pub(super) async fn stop(self) -> Arc<TempDir> {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.handle.stopped())
            .await
            .expect("it stops");
        self.directory
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn config(&self) -> ClientConfig {
        ClientConfig::new(self.url("").parse().unwrap())
            .with_default_timeout(PATIENCE)
            .with_default_header("authorization", TOKEN)
    }

    pub(super) fn runs(&self) -> RunServiceClient<HttpClient> {
        RunServiceClient::new(HttpClient::plaintext(), self.config())
    }

    pub(super) fn runs_over(&self, protocol: Protocol) -> RunServiceClient<HttpClient> {
        let transport = HttpClient::plaintext_http2_only();
        RunServiceClient::new(transport, self.config().with_protocol(protocol))
    }

    pub(super) fn tasks(&self) -> TaskServiceClient<HttpClient> {
        TaskServiceClient::new(HttpClient::plaintext(), self.config())
    }

    pub(super) fn data(&self) -> DataProxyServiceClient<HttpClient> {
        DataProxyServiceClient::new(HttpClient::plaintext(), self.config())
    }

    /// Starts a run of a task of `flytesnacks/development`.
    pub(super) async fn run(&self, name: &str, task: &str) -> CreateRunResponse {
        self.try_run(name, task).await.unwrap()
    }

    pub(super) async fn try_run(
        &self,
        name: &str,
        task: &str,
    ) -> Result<CreateRunResponse, ErrorCode> {
        let created = self.runs().create_run(create(name, task)).await;
        created
            .map(connectrpc::client::UnaryResponse::into_owned)
            .map_err(|error| error.code)
    }

    /// Watches an action until it is in that phase.
    pub(super) async fn until(&self, run: &str, action: &str, phase: ActionPhase) -> ActionDetails {
        let id = action_id(run, action);
        let request = WatchActionDetailsRequest {
            action_id: id.into(),
            ..Default::default()
        };
        let mut stream = self.runs().watch_action_details(request).await.unwrap();
        while let Some(update) = stream.message().await.unwrap() {
            let details = update.to_owned_message().details.into_option().unwrap();
            if details.status.phase == phase {
                return details;
            }
        }
        panic!("{run}/{action} ended, but not in {phase:?}");
    }

    pub(super) async fn details(&self, run: &str) -> ActionDetails {
        self.try_details(run).await.expect("the run is known")
    }

    pub(super) async fn try_details(&self, run: &str) -> Option<ActionDetails> {
        let request = GetActionDetailsRequest {
            action_id: action_id(run, "a0").into(),
            ..Default::default()
        };
        let answer = self.runs().get_action_details(request).await.ok()?;
        answer.into_owned().details.into_option()
    }

    pub(super) async fn action_data(&self, run: &str) -> GetActionDataResponse {
        let request = GetActionDataRequest {
            action_id: action_id(run, "a0").into(),
            ..Default::default()
        };
        self.data()
            .get_action_data(request)
            .await
            .unwrap()
            .into_owned()
    }

    /// Deploys a task that runs a script of the shell.
    pub(super) async fn deploy_script(&self, name: &str, script: &str, metadata: TaskMetadata) {
        let container = Container {
            image: "none".to_owned(),
            command: ["sh", "-c", script].map(str::to_owned).into(),
            ..Default::default()
        };
        let template = TaskTemplate {
            r#type: "container".to_owned(),
            metadata: metadata.into(),
            target: Some(Target::Container(Box::new(container))),
            ..Default::default()
        };
        let spec = TaskSpec {
            task_template: template.into(),
            ..Default::default()
        };
        Box::pin(self.deploy(name, "v1", spec)).await;
    }

    pub(super) async fn deploy(&self, name: &str, version: &str, spec: TaskSpec) {
        let request = DeployTaskRequest {
            task_id: task_id(name, version).into(),
            spec: spec.into(),
            ..Default::default()
        };
        self.tasks().deploy_task(request).await.unwrap();
    }

    /// Waits for a file below the directory of the runs.
    pub(super) async fn until_exists(&self, file: &str) {
        let path = self
            .directory
            .path()
            .join("runs/flytesnacks/development")
            .join(file);
        let exists = async {
            while !path.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, exists).await.expect(file);
    }

    /// Calls a method with JSON and returns status and body.
    pub(super) async fn json(&self, method: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(self.url(&format!("/flyteidl2.{method}")));
        let request = request
            .header("authorization", TOKEN)
            .header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        (
            response.status().as_u16(),
            serde_json::from_str(&response.text().await.unwrap()).unwrap(),
        )
    }

    /// The rules from now on.
    pub(super) async fn set_faults(&self, rules: Value) {
        let body = serde_json::json!({ "rules": rules }).to_string();
        let response = self
            .http
            .put(self.url("/_dev/faults"))
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    }
}

/// Up to so many retries.
pub(super) fn retries(retries: u32) -> TaskMetadata {
    TaskMetadata {
        retries: RetryStrategy {
            retries,
            ..Default::default()
        }
        .into(),
        ..Default::default()
    }
}

pub(super) fn run_id(name: &str) -> RunIdentifier {
    RunIdentifier {
        project: "flytesnacks".to_owned(),
        domain: "development".to_owned(),
        name: name.to_owned(),
        ..Default::default()
    }
}

pub(super) fn action_id(run: &str, action: &str) -> ActionIdentifier {
    ActionIdentifier {
        run: run_id(run).into(),
        name: action.to_owned(),
        ..Default::default()
    }
}

pub(super) fn project_id() -> ProjectIdentifier {
    ProjectIdentifier {
        name: "flytesnacks".to_owned(),
        domain: "development".to_owned(),
        ..Default::default()
    }
}

pub(super) fn task_id(name: &str, version: &str) -> TaskIdentifier {
    TaskIdentifier {
        project: "flytesnacks".to_owned(),
        domain: "development".to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        ..Default::default()
    }
}

/// A request for a run of version `v1` of a task.
pub(super) fn create(name: &str, task: &str) -> CreateRunRequest {
    CreateRunRequest {
        id: Some(create_run_request::Id::RunId(Box::new(run_id(name)))),
        task: Some(create_run_request::Task::TaskId(Box::new(task_id(
            task, "v1",
        )))),
        ..Default::default()
    }
}
