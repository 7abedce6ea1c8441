//! Names of runs: read from callers, or made here.

use std::fmt;

use data_encoding::BASE32_NOPAD;

use super::{Error, Grammar, name};
use crate::parts::sha256;

name!(
    /// The name of a run.
    ///
    /// A name that this server makes is at most 30 characters long and matches
    /// `^[a-z]([-a-z0-9]*[a-z0-9])?$`, the control plane's rule for new runs; a
    /// name that a caller gives may be any that exists.
    RunName,
    Grammar::segment("run name", 63)
);

/// What marks a run that this server named.
const PREFIX: char = 'w';

/// How many base32 characters follow the prefix: 125 bits.
const DIGITS: usize = 25;

impl RunName {
    /// Derives the name that belongs to these parts, always the same one.
    ///
    /// Moving a character from one part to the next gives another name.
    pub fn derive<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        Self::encode(&sha256(parts))
    }

    /// Makes a name from random bytes.
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        Self::encode(&entropy)
    }

    fn encode(bytes: &[u8]) -> Self {
        let mut text = BASE32_NOPAD.encode(bytes).to_ascii_lowercase();
        text.truncate(DIGITS);
        text.insert(0, PREFIX);
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RunName;

    /// The control plane's rule for the name of a new run.
    fn is_new_run_name(name: &str) -> bool {
        name.len() <= 30
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !name.ends_with('-')
    }

    #[test]
    fn the_formula_stays_what_it_is() {
        // Changing it would start a second run for a key that was used before.
        assert_eq!(
            RunName::derive(["alice", "run_task", "key"]).as_str(),
            "we7owsep3rwolhxi5jla3vd57x"
        );
        assert_eq!(
            RunName::from_entropy([0; 16]).as_str(),
            "waaaaaaaaaaaaaaaaaaaaaaaaa"
        );
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(RunName::derive(["ab", "c"]), RunName::derive(["a", "bc"]));
        assert_ne!(RunName::derive(["a", ""]), RunName::derive(["a"]));
    }

    proptest! {
        #[test]
        fn every_name_made_here_is_one_the_control_plane_takes(
            parts: Vec<Vec<u8>>,
            entropy: [u8; 16],
        ) {
            prop_assert!(is_new_run_name(RunName::derive(&parts).as_str()));
            let random = RunName::from_entropy(entropy);
            prop_assert!(is_new_run_name(random.as_str()));
            prop_assert_eq!(&RunName::parse(random.as_str()).unwrap(), &random);
        }
    }
}
