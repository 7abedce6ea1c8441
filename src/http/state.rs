//! What the handlers work with.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::extract::FromRef;
use flyte_webhook_core::{endpoint::EndpointSet, id::Scope, json, own::Own, policy::Policy};
use http::StatusCode;
use jiff::Timestamp;
use url::Url;

use super::{
    BodyBudget, HookRates,
    layer::{audit::Audit, loop_guard::Mark},
    limits::Limits,
};
use crate::{
    app_client::AppClient,
    auth::{self, Administrators},
    config::{Build, Cors, HeaderExtractor, Prefetch, RunEnvironment},
    control_plane,
    hooks::Hooks,
    metrics::Metrics,
    readiness::Readiness,
    trace::Tracer,
};

/// What the handlers work with: immutable, made once.
#[derive(Clone)]
pub struct Api {
    /// The client of the control plane.
    pub control_plane: control_plane::Handle,
    /// The client of other apps.
    pub app_client: Arc<AppClient>,
    /// What this server is called and where it answers.
    pub own: Own,
    /// What this process marks its calls of apps with.
    pub mark: Mark,
    /// The request headers that are credentials.
    pub header_extractors: Arc<[HeaderExtractor]>,
    /// Who is let in, and as whom.
    pub authenticator: auth::Handle,
    /// What the configuration allows.
    pub policy: Policy,
    /// The webhook's own project and domain, where its runs live.
    pub scope: Scope,
    /// The endpoints that are served.
    pub endpoints: EndpointSet,
    /// How long a run that was started for a key may be queued before it is sent again.
    pub requeue_after: Duration,
    /// The time.
    pub now: fn() -> Timestamp,
    /// Who did what.
    pub audit: Audit,
    /// The environment variables of the runs that it starts.
    pub run_environment: RunEnvironment,
    /// The hooks, and what they work with.
    pub hooks: Hooks,
    /// How many deliveries each takes.
    pub hook_rates: HookRates,
    /// What is counted over all requests.
    pub limits: Limits,
    /// Where all that happens is counted.
    pub metrics: Metrics,
    /// Where it is told of.
    pub tracer: Tracer,
    /// How large a body may be, in bytes.
    pub max_body_bytes: usize,
    /// What all bodies together may take.
    pub body_budget: BodyBudget,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// How long it may stand still.
    pub body_stall_timeout: Duration,
    /// How deep and how large JSON may be.
    pub json_limits: json::Limits,
    /// How long a whole request may take.
    pub request_timeout: Duration,
    /// Waits for runs to end.
    pub watches: control_plane::Watches,
    /// How long a request may wait for a run to end, beside that.
    pub max_wait: Duration,
    /// The status of the answer when the run that was waited for did not succeed.
    pub failed_run_status: StatusCode,
    /// Whether tasks are also run on the routes of the Flyte guide.
    pub guide_routes: bool,
    /// How images are built.
    pub build: Build,
    /// How models are fetched.
    pub prefetch: Prefetch,
    /// Which ports speak TLS.
    pub tls: TlsPorts,
    /// Which pages of other origins may use the API.
    pub cors: Arc<Cors>,
    /// Who may use the administrator's routes.
    pub administrators: Administrators,
    /// Whether the main port has these routes, too.
    pub admin_on_main_port: bool,
    /// Whether this server should be sent requests.
    pub readiness: Readiness,
    /// The title of the documentation.
    pub title: String,
    /// Its introduction.
    pub description: String,
    /// Where callers reach this server, if it was told.
    pub public_url: Option<Url>,
}

/// Which ports speak TLS.
#[derive(Clone, Copy, Debug)]
pub struct TlsPorts {
    /// That of the API.
    pub main: bool,
    /// That of the administrators.
    pub admin: bool,
}

impl Api {
    /// The same for a server that listens here.
    #[must_use]
    pub fn listening_at(mut self, address: SocketAddr) -> Self {
        self.own = self.own.with_listener(address);
        self
    }
}

/// The handlers' state: cheap to clone.
#[derive(Clone, FromRef)]
pub struct ApiState(pub Arc<Api>);

impl FromRef<ApiState> for Metrics {
    fn from_ref(state: &ApiState) -> Self {
        state.0.metrics.clone()
    }
}

impl From<Arc<Api>> for ApiState {
    fn from(api: Arc<Api>) -> Self {
        Self(api)
    }
}
