//! The typed client of the Flyte 2 control plane: Connect over reqwest.
//!
//! Every method takes the [`Caller`] on whose behalf it asks, has a deadline,
//! and fails with one [`Error`]. Reads and calls that name what they make are
//! repeated where the control plane fails, as far as there is a budget for it;
//! nothing else is. What fails again and again is not asked for a while.

mod app;
mod call;
mod caller;
mod circuit;
mod clients;
mod error;
mod identity;
mod image;
mod launch;
mod oauth;
mod observer;
mod pool;
mod retry;
mod routing;
mod run;
mod task;
mod transport;
mod trigger;
mod upload;
mod verification;
mod watch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connectrpc::client::ClientConfig;
use flyte_idl::flyteidl2::{
    app::AppServiceClient,
    auth::{AuthMetadataServiceClient, IdentityServiceClient},
    cluster::ClusterServiceClient,
    common::ProjectIdentifier,
    task::TaskServiceClient,
    trigger::TriggerServiceClient,
    workflow::RunServiceClient,
};
use flyte_webhook_core::{
    id::{Domain, Project},
    url_guard::UrlGuard,
};
use url::Url;

pub use self::{
    app::{App, AppGoal, AppWaitError},
    caller::{Caller, Identity, REQUEST_ID},
    clients::SetupError,
    error::Error,
    identity::User,
    launch::{Error as LaunchError, Known, Launch, Launcher, NewLaunch, Once},
    oauth::{AccessToken, Error as ExchangeError},
    observer::Observer,
    run::{ActionData, Given, Launched, NewRun, Phase, Run, RunFailure, RunId, RunSettings, Start},
    task::Task,
    trigger::Trigger,
    upload::Error as UploadError,
    watch::{Ended, Hub, Sight, Watches},
};
use self::{
    call::Call, circuit::Circuits, oauth::TokenClient, pool::pool, retry::Retries,
    routing::Routing, transport::Transport,
};
use crate::{audit::host_and_port, config, egress, metrics::Metrics};

/// The control plane, as one caller after another sees it.
pub struct ControlPlane {
    identity: IdentityServiceClient<Transport>,
    origins: identity::Origins,
    task: TaskServiceClient<Transport>,
    run: RunServiceClient<Transport>,
    trigger: TriggerServiceClient<Transport>,
    app: AppServiceClient<Transport>,
    routing: Routing,
    store: upload::Store,
    tokens: TokenClient,
    org: String,
    console: Url,
    /// Host and port, for the log.
    address: Arc<str>,
    deadline: Duration,
    retries: Retries,
    metrics: Metrics,
}

impl ControlPlane {
    /// A client of the configured control plane; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where the certificate file cannot be read or the TLS set-up fails.
    pub fn new(
        options: &config::ControlPlane,
        limits: &config::Limits,
        guard: &egress::Guard,
        observer: &Observer,
    ) -> Result<Self, SetupError> {
        let largest = limits.max_upstream_response_bytes;
        let tls = verification::config(&options.tls)?;
        let client = clients::home(limits, tls.clone())?;
        let circuits = Circuits::new(limits, &observer.metrics);
        let transport = |guard| {
            let pool = pool(limits, tls.clone(), guard);
            let (circuits, observer) = (circuits.clone(), observer.clone());
            Transport::new(pool, largest, circuits, observer)
        };
        let away = transport(Some(guard));
        let transport = transport(None);
        let guarded = clients::store(limits, &options.tls, tls, guard)?;
        let strict = clients::strict(limits, &options.tls, guard, &guarded)?;
        let tokens = (client.clone(), strict);
        let store = upload::Store {
            home: client,
            guarded,
            endpoint: options.endpoint.clone(),
            guard: guard.clone(),
        };
        let config = client_config(&options.endpoint, limits)?;
        let metadata = AuthMetadataServiceClient::new(transport.clone(), config.clone());
        let (home, other) = tokens;
        let endpoint = options.endpoint.clone();
        Ok(Self {
            tokens: TokenClient::new(metadata, home, other, endpoint, guard.clone()),
            identity: IdentityServiceClient::new(transport.clone(), config.clone()),
            origins: identity::origins(),
            task: TaskServiceClient::new(transport.clone(), config.clone()),
            run: RunServiceClient::new(transport.clone(), config.clone()),
            trigger: TriggerServiceClient::new(transport.clone(), config.clone()),
            app: AppServiceClient::new(transport.clone(), config.clone()),
            routing: Routing::new(
                ClusterServiceClient::new(transport.clone(), config.clone()),
                routing::Session {
                    endpoint: options.endpoint.clone(),
                    transport,
                    guarded: away,
                    config,
                    trusted: UrlGuard::new(options.cluster_hosts.clone()),
                    max_response_bytes: limits.max_upstream_response_bytes,
                },
                guard.clone(),
            ),
            store,
            org: options
                .org
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            console: console(&options.endpoint),
            address: host_and_port(&options.endpoint),
            deadline: limits.upstream_timeout,
            retries: Retries::new(limits.retry_percent, &observer.metrics),
            metrics: observer.metrics.clone(),
        })
    }

    /// The page of a run in the console.
    pub fn run_url(&self, run: &RunId) -> String {
        let RunId { scope, name } = run;
        format!(
            "{}v2/domain/{}/project/{}/runs/{name}",
            self.console, scope.domain, scope.project
        )
    }

    fn project(&self, domain: &Domain, project: &Project) -> ProjectIdentifier {
        ProjectIdentifier {
            organization: self.org.clone(),
            domain: domain.to_string(),
            name: project.to_string(),
            ..Default::default()
        }
    }

    fn call<'a>(&'a self, caller: &'a Caller) -> Call<'a> {
        self.call_until(caller, Instant::now() + self.deadline)
    }

    fn call_until<'a>(&'a self, caller: &'a Caller, ends: Instant) -> Call<'a> {
        caller.trail().calls(&self.address);
        Call {
            caller,
            retries: &self.retries,
            ends,
        }
    }
}

fn client_config(endpoint: &Url, limits: &config::Limits) -> Result<ClientConfig, SetupError> {
    let uri = endpoint.as_str().parse()?;
    Ok(transport::config(uri, limits.max_upstream_response_bytes))
}

/// The console's address: the control plane's own, but for the sandbox, whose
/// console has a port of its own.
fn console(endpoint: &Url) -> Url {
    let mut console = endpoint.clone();
    if endpoint.host_str() == Some("localhost") && endpoint.port() == Some(8090) {
        console
            .set_port(Some(8080))
            .expect("an http URL with a host takes a port");
    }
    console
}

/// Shared by all requests.
pub type Handle = Arc<ControlPlane>;
