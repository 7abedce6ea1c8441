//! Section `wait`.

use http::StatusCode;
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
    /// The status of the answer when the run did not succeed.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.failed_status).expect("checked to be one")
    }

    pub(super) fn check(&self, report: &mut Report<'_>) {
        let status = usize::from(self.failed_status);
        report.within("wait.failed_status", status, 400, 599);
    }
}
