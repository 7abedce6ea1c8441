//! The hosts that metrics name: those of the configuration, since others are data.

use std::collections::BTreeSet;

use flyte_webhook_core::url_guard::AllowEntry;
use url::Url;

use crate::config::Config;

/// The hosts that the configuration names one by one.
pub(super) struct Hosts(BTreeSet<String>);

impl Hosts {
    pub(super) fn named_by(config: &Config) -> Self {
        let connector = &config.connector;
        let secrets = connector.secrets.iter().flat_map(|it| &it.hosts);
        let signing = connector.signing.iter().flat_map(|it| &it.hosts);
        let all = config.egress.allow.iter().chain(secrets).chain(signing);
        let names = all.filter_map(|entry| match entry {
            AllowEntry::Host(name) => Some(name.clone()),
            AllowEntry::Suffix(_) | AllowEntry::Network { .. } => None,
        });
        Self(names.collect())
    }

    /// A URL's host, if it is one of them.
    pub(super) fn known<'a>(&self, url: &'a Url) -> Option<&'a str> {
        url.host_str().filter(|host| self.0.contains(*host))
    }
}
