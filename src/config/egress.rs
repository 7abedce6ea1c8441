//! Section `egress`.

use flyte_webhook_core::url_guard::AllowEntry;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{environment::Environment, platform};

/// Which addresses that come from data may be called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Egress")]
pub(super) struct Section {
    /// Private addresses that may be called nevertheless: hosts, suffixes such as `.example.com`,
    /// IP addresses and networks such as `10.0.0.0/8`. By default the suffix of the platform's
    /// `INTERNAL_APP_ENDPOINT_PATTERN`, if that is set.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) allow: Option<Vec<AllowEntry>>,
}

/// Which addresses that come from data may be called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Egress {
    /// Exceptions from the rule that only public addresses are called.
    pub allow: Vec<AllowEntry>,
}

impl Section {
    pub(super) fn resolve(self, environment: &Environment) -> Egress {
        let default = || {
            environment
                .filled(platform::APP_ENDPOINT_PATTERN)
                .and_then(suffix)
        };
        let allow = self
            .allow
            .unwrap_or_else(|| default().into_iter().collect());
        Egress { allow }
    }
}

/// The suffix that all apps of the cluster share: what follows the first label.
fn suffix(pattern: &str) -> Option<AllowEntry> {
    let (_, rest) = pattern.split_once("://")?;
    let host = rest.split(['/', ':']).next()?;
    let (_, domain) = host.split_once('.')?;
    format!(".{}", domain.to_ascii_lowercase()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sibling_apps_are_allowed_by_the_suffix_of_the_platforms_pattern() {
        let pattern = "http://{app_fqdn}-site-production.flyte.svc.cluster.local";
        let entry = AllowEntry::Suffix(".flyte.svc.cluster.local".to_owned());
        assert_eq!(suffix(pattern), Some(entry));
        for pattern in [
            "",
            "http://{app_fqdn}",
            "{app_fqdn}.local",
            "http://{app_fqdn}.",
        ] {
            assert_eq!(suffix(pattern), None, "{pattern:?}");
        }
    }
}
