//! List `connector.secrets`.

use std::collections::BTreeSet;

use flyte_webhook_core::url_guard::AllowEntry;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::config::{
    report::Report,
    secret::{self, Secret},
};

/// The longest name of a secret.
const LONGEST_NAME: usize = 64;

/// The shortest secret in bytes: a shorter one could not be told from other text, and so not be
/// kept out of what is shown.
const SHORTEST: usize = 6;

/// A secret that tasks may use.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConnectorSecret")]
pub(super) struct Entry {
    /// What tasks call it: `{secrets.name}`.
    name: String,
    /// The secret. `${NAME}` takes it from a variable.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    value: Option<Secret>,
    /// A file that holds it, instead.
    value_file: Option<String>,
    /// The hosts that it may be sent to: names, suffixes such as `.example.com`, IP addresses and
    /// networks. A task that would send it elsewhere fails.
    #[schemars(with = "Vec<String>")]
    hosts: Vec<AllowEntry>,
}

/// A secret that tasks may use.
#[derive(Debug, Clone)]
pub struct ConnectorSecret {
    /// What tasks call it.
    pub name: String,
    /// The secret.
    pub value: SecretString,
    /// The hosts that it may be sent to.
    pub hosts: Vec<AllowEntry>,
}

pub(super) fn resolve(
    entries: Vec<Entry>,
    report: &mut Report<'_>,
) -> Option<Vec<ConnectorSecret>> {
    let mut names = BTreeSet::new();
    let mut secrets = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let key = format!("connector.secrets[{index}]");
        check_name(report, &format!("{key}.name"), &entry.name);
        if !names.insert(entry.name.clone()) {
            report.invalid(&format!("{key}.name"), "is there twice; rename one");
        }
        check_hosts(report, &key, &entry.hosts);
        let value = entry.value.map(|Secret(value)| value);
        let value = secret::read(report, &key, "value", value, entry.value_file.as_deref());
        let value = value.and_then(|value| {
            let checked = long_enough(&value, SHORTEST).map(|()| value);
            report.keep(&format!("{key}.value"), checked)
        });
        secrets.push(value.map(|value| ConnectorSecret {
            name: entry.name,
            value,
            hosts: entry.hosts,
        }));
    }
    secrets.into_iter().collect()
}

pub(super) fn check_hosts(report: &mut Report<'_>, key: &str, hosts: &[AllowEntry]) {
    if hosts.is_empty() {
        let advice = "is empty; write at least one host, such as hooks.example.com";
        report.invalid(&format!("{key}.hosts"), advice);
    }
}

fn check_name(report: &mut Report<'_>, key: &str, name: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        let advice = "is no name; write up to 64 letters, digits, dots, dashes and underscores";
        report.invalid(key, advice);
    }
}

pub(super) fn long_enough(secret: &SecretString, least: usize) -> Result<(), String> {
    if secret.expose_secret().len() < least {
        return Err(format!("is too short; write at least {least} characters"));
    }
    Ok(())
}
