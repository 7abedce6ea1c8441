//! The services, one a file, and the router over them.
#![expect(
    refining_impl_trait,
    reason = "the traits allow any encodable answer; ours are messages"
)]

use std::{net::SocketAddr, sync::Arc};

use buffa::Message;
use connectrpc::{ConnectError, Router};
use flyte_idl::flyteidl2::{
    actions::ActionsServiceExt, app::AppServiceExt, auth::AuthMetadataServiceExt,
    auth::IdentityServiceExt, cluster::ClusterServiceExt, dataproxy::DataProxyServiceExt,
    imagebuilder::ImageServiceExt, project::ProjectServiceExt, task::TaskServiceExt,
    trigger::TriggerServiceExt, workflow::QueueServiceExt, workflow::RunServiceExt,
    workflow::StateServiceExt,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    apps::Apps,
    demo,
    layout::{self, Layout},
    objects,
    queue::Queue,
    signing::Signer,
    store::{self, Store, page, triggers::TriggerKey},
};

mod actions;
mod app;
mod auth;
mod cluster;
mod data_proxy;
mod details;
mod image;
mod project;
pub(super) mod readings;
mod run;
mod scope;
mod task;
mod trigger;
mod watch;

/// The largest upload, as of the Go server.
pub(super) const MAX_UPLOAD: u64 = 100 << 20;

/// Where the demo tasks are.
const DEMO_PROJECT: &str = "flytesnacks";
const DEMO_DOMAIN: &str = "development";

/// What every service works with; cheap to clone.
#[derive(Clone)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) readings: readings::Readings,
    pub(super) layout: Arc<Layout>,
    pub(super) queue: Queue,
    pub(super) apps: Apps,
    pub(super) address: SocketAddr,
    pub(super) signer: Signer,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl State {
    /// Carries work to its end, also when the caller goes away meanwhile: the
    /// handler is dropped then, and what it had begun would stay half done.
    async fn complete<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ConnectError>> + Send + 'static,
    ) -> Result<T, ConnectError> {
        let ended = self.tasks.spawn(work).await;
        ended.unwrap_or_else(|error| {
            tracing::error!(%error, "a request's work panicked");
            Err(ConnectError::internal(
                "the control plane failed; its log says why",
            ))
        })
    }
}

/// All services behind their Connect paths.
pub(super) fn router(state: &State) -> Router {
    let router = Router::new();
    let router = IdentityServiceExt::register(Arc::new(auth::Identity), router);
    let router = AuthMetadataServiceExt::register(Arc::new(auth::Metadata), router);
    let router = ClusterServiceExt::register(Arc::new(cluster::Cluster(state.address)), router);
    let router = ProjectServiceExt::register(Arc::new(project::Projects(state.clone())), router);
    let router = AppServiceExt::register(Arc::new(app::AppDeployments(state.clone())), router);
    let router = TaskServiceExt::register(Arc::new(task::Tasks(state.clone())), router);
    let router = TriggerServiceExt::register(Arc::new(trigger::Triggers(state.clone())), router);
    let router = ImageServiceExt::register(Arc::new(image::Images(state.clone())), router);
    let data = Arc::new(data_proxy::DataProxy(state.clone()));
    let router = DataProxyServiceExt::register(data, router);
    let router = RunServiceExt::register(Arc::new(run::Runs(state.clone())), router);
    let actions = Arc::new(actions::Actions(state.clone()));
    let router = ActionsServiceExt::register(Arc::clone(&actions), router);
    let router = QueueServiceExt::register(Arc::clone(&actions), router);
    StateServiceExt::register(actions, router)
}

/// Deploys the built-in tasks and their trigger, unless they are there.
pub(super) async fn register_demo(state: &State) -> Result<(), store::Error> {
    register_demo_tasks(state).await?;
    let key = TriggerKey {
        project: DEMO_PROJECT.to_owned(),
        domain: DEMO_DOMAIN.to_owned(),
        task_name: demo::trigger::TASK.to_owned(),
        name: demo::trigger::NAME.to_owned(),
    };
    // What somebody has made of it since stays as it is.
    if state.store.trigger(&key).await?.is_none() {
        let spec = demo::trigger::spec().encode_to_vec();
        let automation = demo::trigger::automation().encode_to_vec();
        let switch = (false, "");
        state
            .store
            .deploy_trigger(&key, spec, automation, switch)
            .await?;
    }
    Ok(())
}

async fn register_demo_tasks(state: &State) -> Result<(), store::Error> {
    let mut tasks = demo::tasks(DEMO_PROJECT, DEMO_DOMAIN, "");
    tasks.push(demo::build::task(""));
    for spec in tasks {
        let id = spec.task_template.id.clone();
        let scope = store::tasks::Scope {
            project: &id.project,
            domain: &id.domain,
            name: &id.name,
        };
        let known = state.store.task(&scope, &id.version).await?;
        // A newer binary may have changed a task under the same version.
        if known.is_some_and(|known| known.spec == spec.encode_to_vec()) {
            continue;
        }
        let id = super::wire::task_id(&id.project, &id.domain, &id.name, &id.version);
        let row = task::row(&id, &spec, String::new(), state.store.now());
        state.store.deploy_task(&row).await?;
    }
    Ok(())
}

/// Deploys the built-in app, unless it is there, and starts what is to run.
pub(super) async fn start_apps(state: &State) -> Result<(), store::Error> {
    let demo = demo::app(DEMO_PROJECT, DEMO_DOMAIN);
    let key = app::key(&demo.metadata.id);
    if state.store.app(&key).await?.is_none() {
        state
            .store
            .put_app(&key, demo.encode_to_vec(), false)
            .await?;
    }
    for row in state.store.apps_to_run().await? {
        app::start(state, &row).await?;
    }
    Ok(())
}

impl From<store::Error> for ConnectError {
    fn from(error: store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::internal("the control plane's store failed; its log says why")
    }
}

impl From<page::Error> for ConnectError {
    fn from(error: page::Error) -> Self {
        match error {
            page::Error::Request(error) => Self::invalid_argument(error.to_string()),
            page::Error::Store(error) => error.into(),
        }
    }
}

impl From<layout::Error> for ConnectError {
    fn from(error: layout::Error) -> Self {
        Self::invalid_argument(error.to_string())
    }
}

impl From<objects::Error> for ConnectError {
    fn from(error: objects::Error) -> Self {
        match error {
            objects::Error::Remote(_) => Self::invalid_argument(error.to_string()),
            objects::Error::Io { .. }
            | objects::Error::Read { .. }
            | objects::Error::Decode { .. }
            | objects::Error::Layout(_) => Self::internal(error.to_string()),
        }
    }
}

/// What the control plane does not do.
fn unimplemented(what: &str) -> ConnectError {
    ConnectError::unimplemented(format!("the embedded control plane has no {what}"))
}
