//! Keys of this server's own, each of which stands for a service credential.

use super::hashed;
use crate::config::LocalKey;

/// The configured keys.
pub(super) struct LocalKeys(Vec<LocalKey>);

impl LocalKeys {
    pub(super) fn new(keys: Vec<LocalKey>) -> Self {
        Self(keys)
    }

    /// The key that a bearer token is.
    pub(super) fn find(&self, token: &str) -> Option<&LocalKey> {
        hashed::find(&self.0, |key| &key.hash, token)
    }
}
