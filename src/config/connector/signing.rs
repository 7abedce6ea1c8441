//! List `connector.signing`.

use std::{fmt, sync::Arc};

use flyte_webhook_core::{
    hook::{sign::Signer, source::Source},
    url_guard::AllowEntry,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::secret::check_hosts;
use crate::config::{
    report::Report,
    secret::{self, Secret},
};

/// Requests that are signed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConnectorSigning")]
pub(super) struct Entry {
    /// The hosts whose requests are signed with this key: names, suffixes such as `.example.com`,
    /// IP addresses and networks.
    #[schemars(with = "Vec<String>")]
    hosts: Vec<AllowEntry>,
    /// The key as Standard Webhooks writes it: `whsec_` and base64 for HMAC-SHA256, `whsk_` and
    /// base64 for ed25519. `${NAME}` takes it from a variable.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    key: Option<Secret>,
    /// A file that holds it, instead.
    key_file: Option<String>,
}

/// Requests that are signed.
#[derive(Clone)]
pub struct Signing {
    /// The hosts whose requests are signed with this key.
    pub hosts: Vec<AllowEntry>,
    /// What signs them.
    pub signer: Arc<Signer>,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

pub(super) fn resolve(entries: Vec<Entry>, report: &mut Report<'_>) -> Option<Vec<Signing>> {
    let entries = entries.into_iter().enumerate().map(|(index, entry)| {
        let at = format!("connector.signing[{index}]");
        check_hosts(report, &at, &entry.hosts);
        let key = entry.key.map(|Secret(key)| key);
        let key = secret::read(report, &at, "key", key, entry.key_file.as_deref())?;
        let signer = signer(key).ok_or(
            "is no key of Standard Webhooks; write whsec_ and base64 of 24 bytes or more, or whsk_ and base64 of a private key",
        );
        Some(Signing {
            hosts: entry.hosts,
            signer: Arc::new(report.keep(&format!("{at}.key"), signer)?),
        })
    });
    let entries: Vec<Option<Signing>> = entries.collect();
    entries.into_iter().collect()
}

/// The beginning of a key says its kind; without one a word might be taken for one.
fn signer(key: SecretString) -> Option<Signer> {
    let text = key.expose_secret();
    let has_kind = ["whsec_", "whsk_"]
        .iter()
        .any(|kind| text.starts_with(kind));
    let scheme = Source::StandardWebhooks.scheme().filter(|_| has_kind)?;
    Signer::new(scheme, key).ok()
}
