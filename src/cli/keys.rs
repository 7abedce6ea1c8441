//! `flyte-webhook keys`

use std::process::ExitCode;

use clap::Subcommand;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use super::print;

/// What local keys begin with, so that a leaked one is recognised.
const PREFIX: &str = "fwk_";

/// Make keys for `auth.local_keys` and `admin.tokens`
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Command {
    /// Print a new key, and the hash that the configuration needs of it
    New,
}

/// Runs one of the commands.
pub(super) fn run(command: Command) -> ExitCode {
    let Command::New = command;
    print(&describe(rand::random()));
    ExitCode::SUCCESS
}

/// A key, and what the configuration needs of it.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) hash: [u8; 32],
}

impl Key {
    /// The key of these random bytes.
    pub(super) fn from_entropy(random: [u8; 32]) -> Self {
        let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&random));
        let hash = Sha256::digest(&text).into();
        Self { text, hash }
    }

    /// The hash as the configuration has it.
    pub(super) fn hash_text(&self) -> String {
        HEXLOWER.encode(&self.hash)
    }
}

fn describe(random: [u8; 32]) -> String {
    let key = Key::from_entropy(random);
    format!("key: {}\nhash: {}\n", key.text, key.hash_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_the_whole_key() {
        let expected = "key: fwk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\
            hash: 10709d5b5fd75cced49d9f2f4506b57c0a2d76978983fed260481467c7376c9c\n";
        assert_eq!(describe([0; 32]), expected);
    }
}
