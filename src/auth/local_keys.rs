//! Keys of this server's own, each of which stands for a service credential.
//!
//! Only hashes are kept. A key is 32 random bytes, which nobody guesses, so
//! that a fast hash is as good as a slow one.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::LocalKey;

/// The configured keys.
pub(super) struct LocalKeys(Vec<LocalKey>);

impl LocalKeys {
    pub(super) fn new(keys: Vec<LocalKey>) -> Self {
        Self(keys)
    }

    /// The key that a bearer token is. Every key is looked at, so that the time
    /// tells nothing of them.
    pub(super) fn find(&self, token: &str) -> Option<&LocalKey> {
        let hash = Sha256::digest(token);
        let keys = self.0.iter();
        keys.fold(None, |found, key| {
            let is_it = bool::from(key.hash.as_slice().ct_eq(hash.as_slice()));
            if is_it { Some(key) } else { found }
        })
    }
}
