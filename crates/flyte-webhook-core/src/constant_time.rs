//! The one comparison of what is secret, or tells something of it.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether two texts are the same, in a time that tells nothing of where, nor
/// by how much in length, they differ: their hashes are compared.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    equal_digests(&Sha256::digest(one), &Sha256::digest(other))
}

/// Whether two digests are the same, in a time that tells nothing of where
/// they differ. The length of a digest is known to everybody.
pub fn equal_digests(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_is_equal() {
        for compare in [equal, equal_digests] {
            assert!(compare(b"", b""));
            assert!(compare(b"abc", b"abc"));
            for other in ["", "ab", "abcd", "abd", "bbc", "ABC"] {
                assert!(!compare(b"abc", other.as_bytes()), "{other}");
            }
        }
    }
}
