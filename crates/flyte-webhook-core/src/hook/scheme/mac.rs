//! Message authentication codes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// The hash of an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// Its HMAC is unbroken, the hash is not; for senders that know no other.
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Every hash, as the configuration names them.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

/// The HMAC of several pieces, one after the other.
pub(super) fn mac(hash: Hash, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    macro_rules! of {
        ($hash:ty) => {{
            let mac = Hmac::<$hash>::new_from_slice(key);
            let mut mac = mac.expect("an HMAC takes keys of any length");
            for piece in pieces {
                mac.update(piece);
            }
            mac.finalize().into_bytes().to_vec()
        }};
    }
    match hash {
        Hash::Sha1 => of!(Sha1),
        Hash::Sha256 => of!(Sha256),
        Hash::Sha384 => of!(Sha384),
        Hash::Sha512 => of!(Sha512),
    }
}
