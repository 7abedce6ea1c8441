//! Section `wait`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::report::Report;

/// Requests that wait for a run to end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// The status of the answer when the run did not succeed, 400 to 599.
    pub failed_status: u16,
}

impl Wait {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let status = usize::from(self.failed_status);
        report.within("wait.failed_status", status, 400, 599);
    }
}
