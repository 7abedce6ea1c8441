//! Finds a key by its hash.
//!
//! Only hashes are kept. A key is 32 random bytes, which nobody guesses, so
//! that a fast hash is as good as a slow one.

use flyte_webhook_core::constant_time;
use sha2::{Digest, Sha256};

/// The key whose secret this is. Every key is looked at, so that the time tells
/// nothing of them.
pub(super) fn find<'a, K>(
    keys: &'a [K],
    hash_of: impl Fn(&K) -> &[u8; 32],
    secret: &str,
) -> Option<&'a K> {
    let hash = Sha256::digest(secret);
    keys.iter().fold(None, |found, key| {
        let is_it = constant_time::equal_digests(hash_of(key), &hash);
        if is_it { Some(key) } else { found }
    })
}
