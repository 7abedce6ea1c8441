//! `GET /api/status`

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{
    config::Hook,
    http::{Api, ApiState, HookProblem, Problem},
    inbox,
};

/// The hooks, and how the inbox is.
#[derive(Serialize)]
pub(super) struct Status {
    hooks: Vec<HookStatus>,
    inbox: Option<InboxStatus>,
}

/// A hook, without anything secret.
#[derive(Serialize)]
struct HookStatus {
    name: String,
    source: &'static str,
    ack: &'static str,
    /// Where its sender sends.
    urls: Vec<String>,
    /// How many secrets there are. A server without one does not start.
    secrets: usize,
    scopes: Option<Vec<String>>,
    rules: Vec<RuleStatus>,
}

#[derive(Serialize)]
struct RuleStatus {
    when: Option<String>,
    task: String,
    version: Option<String>,
    inputs: Vec<String>,
}

#[derive(Serialize)]
struct InboxStatus {
    pending: u64,
    oldest_seconds: Option<u64>,
    dead: u64,
    bytes: u64,
    max_bytes: u64,
}

/// Says which hooks there are and how far behind the inbox is.
pub(super) async fn status(State(ApiState(api)): State<ApiState>) -> Result<Json<Status>, Problem> {
    let inbox = match api.hooks.inbox() {
        Some(inbox) => Some(inbox.status().await.map_err(HookProblem::from)?.into()),
        None => None,
    };
    let hooks = api.hooks.all().iter();
    let hooks = hooks.map(|hook| HookStatus::of(&api, hook)).collect();
    Ok(Json(Status { hooks, inbox }))
}

impl HookStatus {
    fn of(api: &Api, hook: &Hook) -> Self {
        let base = api.public_url.as_ref().map_or("", |url| url.as_str());
        let base = base.trim_end_matches('/');
        Self {
            name: hook.name.to_string(),
            source: hook.reader.source.name(),
            ack: hook.ack.as_str(),
            urls: hook.paths().map(|path| format!("{base}{path}")).collect(),
            secrets: hook.secrets,
            scopes: hook.scopes.clone(),
            rules: hook.rules.iter().map(RuleStatus::from).collect(),
        }
    }
}

impl From<&flyte_webhook_core::hook::rule::Rule> for RuleStatus {
    fn from(rule: &flyte_webhook_core::hook::rule::Rule) -> Self {
        Self {
            when: rule.when.as_ref().map(|when| when.source().to_owned()),
            task: rule.task.to_string(),
            version: rule.version.clone(),
            inputs: rule.inputs.iter().map(|(name, _)| name.clone()).collect(),
        }
    }
}

impl From<inbox::Status> for InboxStatus {
    fn from(status: inbox::Status) -> Self {
        Self {
            pending: status.pending,
            oldest_seconds: status.oldest.map(|age| age.as_secs()),
            dead: status.dead,
            bytes: status.bytes,
            max_bytes: status.max_bytes,
        }
    }
}
