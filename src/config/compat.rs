//! Section `compat`.

use flyte_webhook_core::endpoint::{Endpoint, EndpointSet};
use schemars::JsonSchema;
use serde::Deserialize;

use super::report::Report;

/// What other servers of this kind serve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compat {
    /// Serve `run_task` on the routes of the Flyte guide to webhooks too:
    /// `POST /run-task/{project}/{domain}/{name}/{version}` and `/run-task-and-wait/...`.
    pub guide_routes: bool,
}

impl Compat {
    /// Whoever leaves `run_task` out must not start tasks by another route.
    pub(super) fn check(&self, endpoints: Option<&EndpointSet>, report: &mut Report<'_>) {
        let missing = endpoints.is_some_and(|on| !on.contains(Endpoint::RunTask));
        if self.guide_routes && missing {
            let reason = "needs the endpoint run_task; serve that too, or write false";
            report.invalid("compat.guide_routes", reason);
        }
    }
}
