//! What is given away to be given back, and known again.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::constant_time;

/// The bytes of a seal.
const LENGTH: usize = 32;

/// Puts a seal before bytes. Without a key it only tells broken bytes from whole ones.
pub fn seal(key: Option<&[u8]>, bytes: &[u8]) -> Vec<u8> {
    let mut sealed = tag(key, bytes).to_vec();
    sealed.extend_from_slice(bytes);
    sealed
}

/// The bytes behind a seal; none if it does not hold.
pub fn open<'a>(key: Option<&[u8]>, sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (seal, bytes) = sealed.split_at_checked(LENGTH)?;
    constant_time::equal_digests(&tag(key, bytes), seal).then_some(bytes)
}

fn tag(key: Option<&[u8]>, bytes: &[u8]) -> [u8; LENGTH] {
    let Some(key) = key else {
        return Sha256::digest(bytes).into();
    };
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mut mac = mac.expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_with_the_key_opens() {
        let key = Some(b"a key".as_slice());
        let sealed = seal(key, b"content");
        assert_eq!(open(key, &sealed), Some(b"content".as_slice()));
        assert_eq!(open(Some(b"another"), &sealed), None);
        assert_eq!(open(None, &sealed), None);
        assert_eq!(open(key, &seal(None, b"content")), None);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(key, &changed), None, "{bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(key, &sealed[..length]), None, "{length}");
        }
    }
}
