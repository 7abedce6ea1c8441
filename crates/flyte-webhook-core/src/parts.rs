//! One hash over several parts.

use sha2::{Digest, Sha256};

/// The SHA-256 of these parts.
///
/// Each part enters with its length, so that moving a byte from one part to the
/// next gives another hash.
pub fn sha256<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
