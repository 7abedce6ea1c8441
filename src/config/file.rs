//! The configuration file as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    admin, audit, auth, build, call_app, compat::Compat, connector, control_plane, egress, hooks,
    inbox, launch::Launch, limits::Limits, prefetch, run_environment::VariableName, server::Server,
    telemetry, wait::Wait,
};

/// Configuration of flyte-webhook.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flyte-webhook configuration")]
pub(super) struct File {
    /// The name of this webhook's own app, which it refuses to act on. By default taken from
    /// the platform's `K_SERVICE`, else flyte-webhook.
    pub(super) name: Option<String>,
    /// The title of the API document; by default `Flyte Webhook: {name}`.
    pub(super) title: Option<String>,
    /// The description in the API document.
    pub(super) description: String,
    /// Groups of endpoints to serve: core, task, run, app, trigger, build, prefetch, all.
    /// `[]` serves none. Excludes `endpoints`; without either, all are served.
    pub(super) endpoint_groups: Option<Vec<String>>,
    /// Endpoints to serve, by name. `[]` serves none. Excludes `endpoint_groups`.
    pub(super) endpoints: Option<Vec<String>>,
    /// Tasks that may be used: `name`, `project/name` or `domain/project/name`.
    /// `[]` allows none; without the key all are allowed.
    pub(super) task_allowlist: Option<Vec<String>>,
    /// Apps that may be used: `name` (in the own project and domain), `project/name` or
    /// `domain/project/name`. `[]` allows none; without the key all are allowed.
    pub(super) app_allowlist: Option<Vec<String>>,
    /// Triggers that may be used: `trigger` or `task/trigger`.
    /// `[]` allows none; without the key all are allowed.
    pub(super) trigger_allowlist: Option<Vec<String>>,
    /// Where callers reach this server, such as `https://hooks.example.com`.
    pub(super) public_url: Option<String>,
    pub(super) control_plane: control_plane::Section,
    pub(super) auth: auth::Section,
    pub(super) server: Server,
    pub(super) admin: admin::Section,
    pub(super) limits: Limits,
    pub(super) launch: Launch,
    pub(super) inbox: inbox::Section,
    pub(super) wait: Wait,
    pub(super) compat: Compat,
    pub(super) egress: egress::Section,
    pub(super) call_app: call_app::Section,
    pub(super) connector: connector::Section,
    pub(super) build: build::Section,
    pub(super) prefetch: prefetch::Section,
    /// Hooks by name: signed deliveries that start runs.
    pub(super) hooks: BTreeMap<String, hooks::Section>,
    pub(super) audit: audit::Section,
    pub(super) telemetry: telemetry::Section,
    /// Variables that every run gets, by name. They are no place for secrets: whoever may see
    /// a run sees them.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) run_environment: BTreeMap<VariableName, String>,
}
