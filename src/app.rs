//! The whole server, wired once from its configuration.

use std::{io, sync::Arc};

use axum::Router;
use flyte_webhook_core::json;
use jiff::Timestamp;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use crate::{
    app_client::{self, AppClient},
    auth::{self, Authenticator, Refresher},
    config::{Config, Server},
    control_plane::{self, ControlPlane, Hub, Watches},
    egress,
    hooks::{self, Hooks},
    http::{
        Api, ApiState, BodyBudget, HookRates,
        layer::loop_guard::Mark,
        limits::Limits,
        router,
        serve::{self, Drain, Edge},
        stack,
    },
};

/// Every component of the server.
pub struct App {
    api: Api,
    hub: Hub,
    refresher: Option<Refresher>,
    server: Server,
    edge: Edge,
}

/// Why the server could not be wired.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client of the control plane could not be set up.
    #[error(transparent)]
    ControlPlane(#[from] control_plane::SetupError),
    /// The client of the issuer's keys could not be set up.
    #[error("an HTTP client cannot be set up")]
    HttpClient(#[from] reqwest::Error),
    /// The client of other apps could not be set up.
    #[error("the HTTP client of other apps cannot be set up")]
    AppClient(#[from] app_client::SetupError),
}

impl App {
    /// Wires the components; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where a client cannot be set up.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Self::resolving_by(config, Arc::new(egress::SystemLookup))
    }

    /// The same with another way to find the addresses of hosts that came as
    /// data.
    ///
    /// # Errors
    ///
    /// Where a client cannot be set up.
    pub fn resolving_by(config: &Config, lookup: Arc<dyn egress::Lookup>) -> Result<Self, Error> {
        let guard = egress::Guard::new(config.egress.allow.clone(), lookup);
        let control_plane = ControlPlane::new(&config.control_plane, &config.limits, &guard)?;
        let control_plane = Arc::new(control_plane);
        let (watches, hub) = Watches::new(Arc::clone(&control_plane));
        let (authenticator, refresher) = Authenticator::new(config, Arc::clone(&control_plane))?;
        let authenticator = Arc::new(authenticator);
        let hooks = hooks(config, &control_plane, &authenticator);
        let api = Api {
            control_plane,
            app_client: Arc::new(AppClient::new(config, &guard)?),
            own: config.own.clone(),
            mark: Mark::from_entropy(rand::random()),
            header_extractors: config.auth.header_extractors.clone().into(),
            authenticator,
            policy: config.policy.clone(),
            scope: config.control_plane.scope(),
            endpoints: config.endpoints.clone(),
            requeue_after: config.launch.requeue_after,
            now: Timestamp::now,
            run_environment: config.run_environment.clone(),
            hooks,
            hook_rates: HookRates::new(&config.hooks),
            limits: Limits::new(&config.limits, &config.server),
            max_body_bytes: config.limits.max_body_bytes,
            body_budget: BodyBudget::new(config.limits.max_body_bytes_in_flight),
            body_timeout: config.limits.body_timeout,
            body_stall_timeout: config.limits.body_stall_timeout,
            json_limits: json::Limits {
                depth: config.limits.json_depth,
                elements: config.limits.json_elements,
            },
            request_timeout: config.limits.request_timeout,
            watches,
            max_wait: config.limits.max_wait,
            failed_run_status: config.wait.status(),
            guide_routes: config.compat.guide_routes,
            build: config.build.clone(),
            prefetch: config.prefetch.clone(),
            title: config.title.clone(),
            description: config.description.clone(),
            public_url: config.public_url.clone(),
        };
        Ok(Self {
            api,
            hub,
            refresher,
            server: config.server.clone(),
            edge: Edge::of(&config.server, &config.limits),
        })
    }

    /// What the handlers work with.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The document of the enabled endpoints.
    pub fn openapi(&self) -> OpenApi {
        routes(Arc::new(self.api.clone())).1
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    ///
    /// Where the listener has no address.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let api = Arc::new(self.api.listening_at(listener.local_addr()?));
        let service = stack::stack(routes(Arc::clone(&api)).0, &api);
        // Requests that wait are answered when the server stops, since the hub
        // stops as soon as no more come. The set ends it with the server.
        let drain = Drain::new(
            shutdown,
            self.server.drain_delay,
            self.server.shutdown_grace,
        );
        let mut tasks = JoinSet::new();
        tasks.spawn(self.hub.run(drain.closing().clone()));
        if let Some(refresher) = self.refresher {
            tasks.spawn(refresher.run(drain.closing().clone()));
        }
        serve::serve(listener, service, self.edge, drain).await;
        Ok(())
    }
}

fn hooks(
    config: &Config,
    control_plane: &control_plane::Handle,
    authenticator: &auth::Handle,
) -> Hooks {
    Hooks::new(hooks::Parts {
        hooks: config.hooks.iter().cloned().map(Arc::new).collect(),
        control_plane: Arc::clone(control_plane),
        authenticator: Arc::clone(authenticator),
        scope: config.control_plane.scope(),
        run_environment: config.run_environment.clone(),
        requeue_after: config.launch.requeue_after,
        now: Timestamp::now,
    })
}

fn routes(api: Arc<Api>) -> (Router, OpenApi) {
    router::router(ApiState(api))
}
