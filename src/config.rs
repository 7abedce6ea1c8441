//! Configuration: one YAML file, the environment and flags, as typed values.
//!
//! All sources become one tree whose values know where they were written
//! (`sources`); the tree becomes typed sections with every mistake collected
//! (`typed`); the sections become the values below, checked against each
//! other. Nothing else in this program reads the environment. A secret may
//! stand in the wrong place, so no error quotes a value but a name that has to
//! be one of a known set, or one that is not found in it.

mod address;
mod admin;
mod api;
mod audit;
mod auth;
mod build;
mod call_app;
mod compat;
mod connector;
mod control_plane;
mod cors;
mod duration;
mod egress;
mod environment;
mod expand;
mod fault;
mod file;
mod hooks;
mod inbox;
mod key_hash;
mod launch;
mod limits;
mod loaded;
mod node;
mod origin;
mod otel;
mod overrides;
mod own_name;
mod own_task;
mod platform;
mod prefetch;
mod problem;
mod rate;
mod read_file;
mod reference;
mod report;
mod restart;
mod run_environment;
mod schema;
mod secret;
mod server;
mod sources;
mod telemetry;
mod tls;
mod typed;
mod wait;
mod yaml;

use flyte_webhook_core::{endpoint::EndpointSet, own::Own, policy::Policy};
use url::Url;

pub use admin::{Admin, AdminToken};
pub use audit::{Audit, AuditLog, OnFailure};
pub use auth::{Auth, HeaderExtractor, Jwt, LocalKey};
pub use build::Build;
pub use call_app::{CONNECTION_BYTES, CallApp};
pub use compat::Compat;
pub use connector::{Connector, ConnectorSecret, Signing};
pub use control_plane::{ControlPlane, Tls};
pub use cors::Cors;
pub use egress::Egress;
pub use environment::Environment;
pub use hooks::{Ack, Hook};
pub use inbox::{Inbox, InboxBackoff, InboxStore};
pub use launch::Launch;
pub use limits::Limits;
pub use loaded::{Attempt, Loaded, attempt, load, load_text};
pub use origin::Origin;
pub use prefetch::Prefetch;
pub use problem::{Error, Problem, Problems};
pub use rate::{Rate, Rates};
pub use read_file::ReadFile;
pub use reference::reference;
pub use run_environment::RunEnvironment;
pub use schema::schema;
pub use server::{ForwardedHeader, Server};
pub use sources::{DEFAULTS, Setting, Sources, Text};
pub use telemetry::{Collector, LogFormat, Telemetry, Traces};
pub use tls::Certificate;
pub use wait::Wait;

use file::File;
use report::Report;

/// The whole configuration, valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// The webhook's own app name.
    pub name: String,
    /// What the webhook is called and where it answers.
    pub own: Own,
    /// The title of the API document.
    pub title: String,
    /// The description in the API document.
    pub description: String,
    /// The operations that are served.
    pub endpoints: EndpointSet,
    /// The tasks, apps and triggers that may be used.
    pub policy: Policy,
    /// Where callers reach this server, if it was told.
    pub public_url: Option<Url>,
    /// The control plane behind this server.
    pub control_plane: ControlPlane,
    /// Who is let in before the control plane is asked.
    pub auth: Auth,
    /// Where the server listens and how it stops.
    pub server: Server,
    /// What the main port shows, if it speaks TLS.
    pub certificate: Option<Certificate>,
    /// The administrator's routes.
    pub admin: Admin,
    /// Bounds on what a request may cost.
    pub limits: Limits,
    /// How runs are started that are to be started once.
    pub launch: Launch,
    /// The inbox of accepted deliveries, if there is one.
    pub inbox: Option<Inbox>,
    /// Requests that wait for a run to end.
    pub wait: Wait,
    /// What other servers of this kind serve.
    pub compat: Compat,
    /// Which addresses that come from data may be called.
    pub egress: Egress,
    /// How calls of other apps are made.
    pub call_app: CallApp,
    /// How the requests of webhook tasks are made.
    pub connector: Connector,
    /// How images are built.
    pub build: Build,
    /// How models are fetched.
    pub prefetch: Prefetch,
    /// Signed deliveries that start runs.
    pub hooks: Vec<Hook>,
    /// Who did what.
    pub audit: Audit,
    /// What the server says about itself.
    pub telemetry: Telemetry,
    /// The variables that every run gets.
    pub run_environment: RunEnvironment,
}

impl Config {
    /// Checks the sections of a file against each other; without a value the report says why.
    #[expect(clippy::too_many_lines, reason = "flat table")]
    fn resolve(file: File, environment: &Environment, report: &mut Report<'_>) -> Option<Self> {
        file.server.check(report);
        file.limits.check(report);
        file.launch.check(report);
        file.wait.check(report);
        let endpoints = api::endpoints(&file, report);
        file.compat.check(endpoints.as_ref(), report);
        let name = file.name.as_deref().map(own_name::check);
        let name = name.map(|name| report.keep("name", name));
        let public_url = file.public_url.as_deref().map(address::web);
        let public_url = public_url.and_then(|url| report.keep("public_url", url));
        let control_plane = file.control_plane.clone().resolve(report);
        let inbox = file.inbox.clone().resolve(report);
        let build = file.build.resolve(report);
        let prefetch = file.prefetch.resolve(report);
        let audit = file.audit.clone().resolve(report);
        let run_environment = RunEnvironment::resolve(file.run_environment.clone());
        let control_plane = control_plane?;
        let scope = control_plane.scope();
        let policy = api::policy(&file, &scope, report);
        let call_app = file.call_app.resolve(&scope, &file.limits, report);
        let connector = file.connector.resolve(report);
        let auth = file.auth.resolve(&control_plane.endpoint, report);
        let around = hooks::Surroundings {
            environment,
            endpoint: &control_plane.endpoint,
            max_body_bytes: file.limits.max_body_bytes,
            has_inbox: inbox.is_some(),
        };
        let hooks = hooks::resolve(file.hooks, &around, report);
        let certificate = file.server.tls.resolve("server.tls", report);
        let admin = file.admin.resolve(&file.server, report);
        let name = name.unwrap_or_else(|| {
            let told = own_name::default(environment, &control_plane);
            report.keep("name", told)
        })?;
        Some(Self {
            title: file
                .title
                .unwrap_or_else(|| format!("Flyte Webhook: {name}")),
            own: own_name::own(&name, public_url.as_ref(), environment, &scope),
            telemetry: file.telemetry.resolve(&name, environment, report)?,
            name,
            description: file.description,
            endpoints: endpoints?,
            policy: policy?,
            public_url,
            control_plane,
            auth: auth?,
            certificate: certificate.ok()?,
            admin: admin?,
            server: file.server,
            limits: file.limits,
            launch: file.launch,
            inbox,
            wait: file.wait,
            compat: file.compat,
            egress: file.egress.resolve(environment),
            call_app: call_app?,
            connector: connector?,
            build: build?,
            prefetch: prefetch?,
            hooks: hooks?,
            audit,
            run_environment,
        })
    }
}

#[cfg(test)]
mod tests;
