//! Lists `auth.service_credentials` and `auth.local_keys`.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER_PERMISSIVE;
use flyte_webhook_core::api_key::ApiKey;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::config::{
    report::Report,
    secret::{self, Secret},
};

/// The longest name of a key or a credential.
const LONGEST_NAME: usize = 64;
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
    let (mut ids, mut hashes) = (BTreeSet::new(), BTreeSet::new());
    let mut keys = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let key = format!("auth.local_keys[{index}]");
        check_name(report, &format!("{key}.id"), &entry.id);
        if !ids.insert(entry.id.clone()) {
            report.invalid(&format!("{key}.id"), "is there twice; rename one");
        }
        let text = entry.hash.map(SecretString::from);
        let text = secret::read(report, &key, "hash", text, entry.hash_file.as_deref());
        let hash = text.and_then(|text| report.keep(&format!("{key}.hash"), hash(&text)));
        if hash.is_some_and(|hash| !hashes.insert(hash)) {
            let advice = "is another key's, too; make a new key with flyte-webhook keys new";
            report.invalid(&format!("{key}.hash"), advice);
        }
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

fn check_name(report: &mut Report<'_>, key: &str, name: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        let advice = "is no name; write up to 64 letters, digits, dots, dashes and underscores";
        report.invalid(key, advice);
    }
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

fn hash(text: &SecretString) -> Result<[u8; 32], &'static str> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.expose_secret().as_bytes());
    bytes.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(
        "is no SHA-256; write its 64 hexadecimal digits, as flyte-webhook keys new prints them",
    )
}
