//! The whole server, wired once from each configuration.

mod background;
mod connector;
mod lasting;
mod listeners;
mod reload;
mod replacer;
mod serving;

use std::{io, sync::Arc};

use flyte_webhook_core::json;
use jiff::Timestamp;
use utoipa::openapi::OpenApi;

pub use self::{
    background::Background,
    connector::{ConnectorApp, ConnectorPorts},
    lasting::Lasting,
    listeners::Listeners,
    reload::{Changes, Reloader, reload_connector},
    replacer::{Replacements, Replacer},
};

use crate::{
    app_client::{self, AppClient},
    auth::{self, Administrators, Authenticator, Refresher},
    config::{self, Certificate, Config, Server},
    control_plane::{self, ControlPlane, Hub, Watches},
    egress,
    hooks::{self, Hooks},
    http::{
        Api, BodyBudget, HookRates, TlsPorts, layer::audit::Audit, limits::Limits, router,
        serve::Edge,
    },
    own_stack::on_own_stack,
};

/// Every component of the server, as one configuration says.
pub struct App {
    lasting: Lasting,
    api: Api,
    hub: Hub,
    refresher: Option<Refresher>,
    server: Server,
    edge: Edge,
    certificates: Certificates,
}

/// What the ports show, if they speak TLS.
struct Certificates {
    main: Option<Certificate>,
    admin: Option<Certificate>,
}

impl Certificates {
    fn of(config: &Config) -> Self {
        Self {
            main: config.certificate.clone(),
            admin: config.admin.certificate.clone(),
        }
    }
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
    pub fn new(config: &Config, lasting: &Lasting) -> Result<Self, Error> {
        let lookup = Arc::new(egress::SystemLookup);
        on_own_stack(|| Self::wired(config, lasting, lookup, None))
    }

    /// Wires those that are to replace others, which give what they have fetched.
    ///
    /// # Errors
    ///
    /// Where a client cannot be set up.
    pub fn replacing(previous: &Api, config: &Config, lasting: &Lasting) -> Result<Self, Error> {
        let lookup = Arc::new(egress::SystemLookup);
        on_own_stack(|| Self::wired(config, lasting, lookup, Some(previous)))
    }

    /// The same with another way to find the addresses of hosts that came as
    /// data.
    ///
    /// # Errors
    ///
    /// Where a client cannot be set up.
    pub fn resolving_by(
        config: &Config,
        lasting: &Lasting,
        lookup: Arc<dyn egress::Lookup>,
    ) -> Result<Self, Error> {
        Self::wired(config, lasting, lookup, None)
    }

    #[expect(clippy::too_many_lines, reason = "flat table")]
    fn wired(
        config: &Config,
        lasting: &Lasting,
        lookup: Arc<dyn egress::Lookup>,
        previous: Option<&Api>,
    ) -> Result<Self, Error> {
        let (metrics, tracer) = (&lasting.metrics, &lasting.tracer);
        let guard = egress::Guard::new(config.egress.allow.clone(), lookup)
            .counting(metrics.egress_refusals());
        let observer = control_plane::Observer {
            metrics: metrics.clone(),
            tracer: tracer.clone(),
        };
        let control_plane =
            ControlPlane::new(&config.control_plane, &config.limits, &guard, &observer)?;
        let control_plane = Arc::new(control_plane);
        let (watches, hub) = Watches::new(Arc::clone(&control_plane), metrics);
        let previous = previous.map(|api| &*api.authenticator);
        let (authenticator, refresher) =
            Authenticator::new(config, Arc::clone(&control_plane), previous)?;
        let authenticator = Arc::new(authenticator);
        let hooks = hooks(config, lasting, &control_plane, &authenticator);
        let api = Api {
            control_plane,
            app_client: Arc::new(AppClient::new(config, &guard, &observer)?),
            own: config.own.clone(),
            mark: lasting.mark.clone(),
            header_extractors: config.auth.header_extractors.clone().into(),
            authenticator,
            policy: config.policy.clone(),
            scope: config.control_plane.scope(),
            endpoints: config.endpoints.clone(),
            requeue_after: config.launch.requeue_after,
            now: Timestamp::now,
            audit: Audit {
                auditor: lasting.auditor.clone(),
                now: Timestamp::now,
            },
            run_environment: config.run_environment.clone(),
            hooks,
            hook_rates: HookRates::new(&config.hooks),
            limits: Limits::new(&config.limits, &config.server, metrics),
            max_body_bytes: config.limits.max_body_bytes,
            body_budget: BodyBudget::new(
                config.limits.max_body_bytes_in_flight,
                metrics.request_body_bytes(),
            ),
            metrics: metrics.clone(),
            tracer: tracer.clone(),
            body_timeout: config.limits.body_timeout,
            body_stall_timeout: config.limits.body_stall_timeout,
            json_limits: json_limits(&config.limits),
            request_timeout: config.limits.request_timeout,
            watches,
            max_wait: config.limits.max_wait,
            failed_run_status: config.wait.status(),
            guide_routes: config.compat.guide_routes,
            build: config.build.clone(),
            prefetch: config.prefetch.clone(),
            tls: TlsPorts {
                main: config.certificate.is_some(),
                admin: config.admin.certificate.is_some(),
            },
            cors: Arc::new(config.server.cors.clone()),
            administrators: Administrators::new(&config.admin),
            admin_on_main_port: config.admin.is_on_main_port(),
            readiness: lasting.readiness.clone(),
            title: config.title.clone(),
            description: config.description.clone(),
            public_url: config.public_url.clone(),
        };
        Ok(Self {
            lasting: lasting.clone(),
            api,
            hub,
            refresher,
            server: config.server.clone(),
            edge: Edge::of(&config.server, &config.limits),
            certificates: Certificates::of(config),
        })
    }

    /// What the handlers work with.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The document of the enabled endpoints.
    pub fn openapi(&self) -> OpenApi {
        router::document(&self.api)
    }

    /// Serves until the process is to stop.
    ///
    /// # Errors
    ///
    /// Where the listener has no address.
    pub async fn serve(self, listeners: impl Into<Listeners>) -> io::Result<()> {
        let (_nobody, replacements) = Replacer::new();
        self.serve_until_replaced(listeners, replacements).await
    }

    /// The same, where each app that comes replaces the one before without a lost
    /// connection.
    ///
    /// # Errors
    ///
    /// Where the listener has no address.
    pub async fn serve_until_replaced(
        self,
        listeners: impl Into<Listeners>,
        replacements: Replacements,
    ) -> io::Result<()> {
        serving::serve(self, listeners.into(), replacements).await
    }
}

fn hooks(
    config: &Config,
    lasting: &Lasting,
    control_plane: &control_plane::Handle,
    authenticator: &auth::Handle,
) -> Hooks {
    for hook in &config.hooks {
        lasting.metrics.hook_begins(&hook.name);
    }
    Hooks::new(hooks::Parts {
        hooks: config.hooks.iter().cloned().map(Arc::new).collect(),
        control_plane: Arc::clone(control_plane),
        authenticator: Arc::clone(authenticator),
        scope: config.control_plane.scope(),
        run_environment: config.run_environment.clone(),
        requeue_after: config.launch.requeue_after,
        inbox: lasting.inbox.clone(),
        recent: lasting.recent.clone(),
        auditor: lasting.auditor.clone(),
        metrics: lasting.metrics.clone(),
        tracer: lasting.tracer.clone(),
        now: Timestamp::now,
    })
}

fn json_limits(limits: &config::Limits) -> json::Limits {
    json::Limits {
        depth: limits.json_depth,
        elements: limits.json_elements,
    }
}
