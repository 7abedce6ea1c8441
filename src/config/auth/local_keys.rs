//! Lists `auth.service_credentials` and `auth.local_keys`.

use std::collections::BTreeMap;

use flyte_webhook_core::api_key::ApiKey;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::config::{
    key_hash::{KeyHashes, check_name},
    report::Report,
    secret::{self, Secret},
};

/// The longest token; with its scheme it is a header.
const LONGEST_TOKEN: usize = 8_000;

/// A credential that local keys stand for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ServiceCredential")]
pub(super) struct Credential {
    /// What local keys call it.
    name: String,
    /// A bearer token, or a Flyte API key for this control plane. `${NAME}` takes it from a
    /// variable.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    token: Option<Secret>,
    /// A file that holds it, instead.
    token_file: Option<String>,
}

/// A key of this server's own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LocalKey")]
pub(super) struct Entry {
    /// Whose key it is: what runs and limits know its bearer by.
    id: String,
    /// The SHA-256 of the key in hexadecimal digits, as `flyte-webhook keys new` prints it.
    hash: Option<String>,
    /// A file that holds it, instead.
    hash_file: Option<String>,
    /// The service credential that the control plane gets in place of the key.
    credential: String,
}

/// A key of this server's own.
#[derive(Debug, Clone)]
pub struct LocalKey {
    /// Whose key it is.
    pub id: String,
    /// The SHA-256 of the key.
    pub hash: [u8; 32],
    /// What the control plane gets: a bearer token, or an API key to exchange.
    pub credential: SecretString,
}

/// The service credentials by name.
pub(super) fn credentials(
    entries: Vec<Credential>,
    endpoint: &Url,
    report: &mut Report<'_>,
) -> Option<BTreeMap<String, SecretString>> {
    let mut credentials = BTreeMap::new();
    let mut complete = true;
    for (index, entry) in entries.into_iter().enumerate() {
        let key = format!("auth.service_credentials[{index}]");
        check_name(report, &format!("{key}.name"), &entry.name);
        let token = entry.token.map(|Secret(token)| token);
        let token = secret::read(report, &key, "token", token, entry.token_file.as_deref());
        let token = token.and_then(|token| {
            let checked = check_token(&token, endpoint).map(|()| token);
            report.keep(&format!("{key}.token"), checked)
        });
        let Some(token) = token else {
            complete = false;
            continue;
        };
        if credentials.insert(entry.name, token).is_some() {
            report.invalid(&format!("{key}.name"), "is there twice; rename one");
        }
    }
    complete.then_some(credentials)
}

/// The local keys, each with its credential.
pub(super) fn resolve(
    entries: Vec<Entry>,
    credentials: &BTreeMap<String, SecretString>,
    report: &mut Report<'_>,
) -> Option<Vec<LocalKey>> {
    let mut hashes = KeyHashes::default();
    let mut keys = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let key = format!("auth.local_keys[{index}]");
        let hash_file = entry.hash_file.as_deref();
        let hash = hashes.read(report, &key, &entry.id, entry.hash, hash_file);
        let credential = credentials.get(&entry.credential).cloned();
        let credential =
            credential.ok_or("is not the name of one of auth.service_credentials; add it there");
        let credential = report.keep(&format!("{key}.credential"), credential);
        keys.push(hash.zip(credential).map(|(hash, credential)| LocalKey {
            id: entry.id,
            hash,
            credential,
        }));
    }
    keys.into_iter().collect()
}

/// Checks now what would else fail with the first caller.
fn check_token(token: &SecretString, endpoint: &Url) -> Result<(), &'static str> {
    let text = token.expose_secret();
    if text.is_empty() || text.len() > LONGEST_TOKEN || !text.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err("is no token; write one without spaces, and without the word Bearer");
    }
    match ApiKey::parse(text) {
        Some(key) if !key.is_for(endpoint) => Err(
            "is an API key for another control plane than control_plane.endpoint; get one for this",
        ),
        Some(_) | None => Ok(()),
    }
}
