//! Signed links to files of the data directory.

use data_encoding::HEXLOWER;
use flyte_webhook_core::constant_time;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use rand::RngExt;
use sha2::Sha256;

/// Makes and checks links; its key lives as long as the process.
#[derive(Clone)]
pub(super) struct Signer {
    key: [u8; 32],
}

/// What a link permits.
pub(super) struct Grant<'a> {
    pub(super) method: &'a Method,
    /// The file, relative to the data directory, with `/`.
    pub(super) key: &'a str,
    /// Seconds since the epoch.
    pub(super) expires: i64,
    /// The MD5 that an upload must have, in hex; empty for any.
    pub(super) md5: &'a str,
}

impl Signer {
    /// A signer with a new key.
    pub(super) fn random() -> Self {
        Self {
            key: rand::rng().random(),
        }
    }

    /// The signature of a grant, in hex.
    pub(super) fn sign(&self, grant: &Grant<'_>) -> String {
        HEXLOWER.encode(&self.mac(grant).finalize().into_bytes())
    }

    /// Whether the signature is that of the grant, in constant time.
    pub(super) fn verify(&self, grant: &Grant<'_>, signature: &str) -> bool {
        let Ok(bytes) = HEXLOWER.decode(signature.as_bytes()) else {
            return false;
        };
        let mac = self.mac(grant).finalize().into_bytes();
        constant_time::equal_digests(&mac, &bytes)
    }

    fn mac(&self, grant: &Grant<'_>) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        let expires = grant.expires.to_string();
        for part in [grant.method.as_str(), grant.key, &expires, grant.md5] {
            mac.update(part.as_bytes());
            // No part contains it, so no two grants read alike.
            mac.update(b"\n");
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_grant_alone() {
        let signer = Signer::random();
        let put = Grant {
            method: &Method::PUT,
            key: "objects/a",
            expires: 7,
            md5: "00",
        };
        let signature = signer.sign(&put);
        assert!(signer.verify(&put, &signature));
        let others = [
            Grant {
                method: &Method::GET,
                ..put
            },
            Grant {
                key: "objects/b",
                ..put
            },
            Grant { expires: 8, ..put },
            Grant { md5: "", ..put },
        ];
        for other in others {
            assert!(!signer.verify(&other, &signature));
        }
        assert!(!Signer::random().verify(&put, &signature));
        assert!(!signer.verify(&put, "zz"));
    }
}
