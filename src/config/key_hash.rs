//! Lists of keys of which only the hashes are configured.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER_PERMISSIVE;
use secrecy::{ExposeSecret, SecretString};

use super::{report::Report, secret};

/// The longest name of a key or a credential.
const LONGEST_NAME: usize = 64;

/// The keys of a list that were read so far: no two have the same name or hash.
#[derive(Default)]
pub(super) struct KeyHashes {
    ids: BTreeSet<String>,
    hashes: BTreeSet<[u8; 32]>,
}

impl KeyHashes {
    /// The hash of the entry at `key`, by value or in a file.
    pub(super) fn read(
        &mut self,
        report: &mut Report<'_>,
        key: &str,
        id: &str,
        hash: Option<String>,
        hash_file: Option<&str>,
    ) -> Option<[u8; 32]> {
        check_name(report, &format!("{key}.id"), id);
        if !self.ids.insert(id.to_owned()) {
            report.invalid(&format!("{key}.id"), "is there twice; rename one");
        }
        let text = hash.map(SecretString::from);
        let text = secret::read(report, key, "hash", text, hash_file)?;
        let hash = report.keep(&format!("{key}.hash"), parse(&text))?;
        if !self.hashes.insert(hash) {
            let advice = "is another key's, too; make a new key with flyte-webhook keys new";
            report.invalid(&format!("{key}.hash"), advice);
        }
        Some(hash)
    }
}

/// Checks what a key or a credential is called.
pub(super) fn check_name(report: &mut Report<'_>, key: &str, name: &str) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        let advice = "is no name; write up to 64 letters, digits, dots, dashes and underscores";
        report.invalid(key, advice);
    }
}

fn parse(text: &SecretString) -> Result<[u8; 32], &'static str> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.expose_secret().as_bytes());
    bytes.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(
        "is no SHA-256; write its 64 hexadecimal digits, as flyte-webhook keys new prints them",
    )
}
