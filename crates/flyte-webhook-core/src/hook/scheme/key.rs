//! Secrets, read once when the server starts.

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{Hash, Scheme, mac::mac};
use crate::constant_time;

/// The fewest bytes of a secret. Who has one delivery can try secrets without
/// asking anybody, so that it must not be a word that someone made up.
pub const SHORTEST: usize = 24;

const HMAC_PREFIX: &str = "whsec_";
const PUBLIC_PREFIX: &str = "whpk_";
const PRIVATE_PREFIX: &str = "whsk_";

/// What a secret is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// Its text is the key, whatever it looks like.
    Text,
    /// Base64 of the key.
    Base64,
    /// Hexadecimal digits of the key.
    Hex,
    /// As Standard Webhooks has it: `whsec_` and base64, where the prefix may be
    /// missing, for an HMAC; `whpk_` and base64 for an Ed25519 key.
    Standard,
    /// An Ed25519 public key, in hexadecimal digits or base64.
    Ed25519,
}

/// Why secrets cannot be used. It shows nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There are none.
    #[error("there is no secret; without one anybody could start runs")]
    None,
    /// One is too short.
    #[error(
        "secret {number} has {bytes} bytes, and needs {SHORTEST} at least; set a longer one here and at the sender, such as the output of `openssl rand -hex 32`"
    )]
    TooShort { number: usize, bytes: usize },
    /// One is not written as the scheme has it.
    #[error("secret {number} is not {expected}")]
    Malformed {
        number: usize,
        expected: &'static str,
    },
    /// A private key, which has no business here.
    #[error(
        "secret {number} is a private key (whsk_), which only the sender may have; set the public one (whpk_)"
    )]
    Private { number: usize },
    /// What is signed names something that no header is named for.
    #[error("what is signed has {{{placeholder}}}, but no header is named for it")]
    NoHeader { placeholder: &'static str },
}

/// What one secret is to the scheme. It is not `Debug`.
pub(super) enum Key {
    Hmac(SecretSlice<u8>),
    Public(Box<VerifyingKey>),
}

impl Key {
    /// Reads the secret of this number, counted from 1.
    pub(super) fn read(
        scheme: &Scheme,
        secret: &SecretString,
        number: usize,
    ) -> Result<Self, Error> {
        let text = secret.expose_secret();
        match scheme {
            Scheme::Signed(signed) => Self::signed(signed.key, text, number),
            Scheme::Token(_) | Scheme::Basic(_) => {
                Self::long_enough(text.as_bytes().to_vec(), number)
            }
        }
    }

    fn signed(form: KeyForm, text: &str, number: usize) -> Result<Self, Error> {
        let malformed = |expected| Error::Malformed { number, expected };
        match form {
            KeyForm::Text => Self::long_enough(text.as_bytes().to_vec(), number),
            KeyForm::Base64 => {
                let key = base64(text).ok_or_else(|| malformed("base64"))?;
                Self::long_enough(key, number)
            }
            KeyForm::Hex => {
                let key = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
                Self::long_enough(key.ok_or_else(|| malformed("hexadecimal"))?, number)
            }
            KeyForm::Standard if text.starts_with(PRIVATE_PREFIX) => Err(Error::Private { number }),
            KeyForm::Standard if text.starts_with(PUBLIC_PREFIX) => Self::public(text, number),
            KeyForm::Standard => {
                let key = base64(text.strip_prefix(HMAC_PREFIX).unwrap_or(text));
                Self::long_enough(key.ok_or_else(|| malformed("whsec_ and base64"))?, number)
            }
            KeyForm::Ed25519 => Self::public(text, number),
        }
    }

    fn long_enough(key: Vec<u8>, number: usize) -> Result<Self, Error> {
        match key.len() {
            bytes if bytes < SHORTEST => Err(Error::TooShort { number, bytes }),
            _ => Ok(Self::Hmac(key.into())),
        }
    }

    fn public(text: &str, number: usize) -> Result<Self, Error> {
        let text = text.strip_prefix(PUBLIC_PREFIX).unwrap_or(text);
        let key = thirty_two(text).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        // Under a weak key, signatures can be made without the private one.
        let key = key.filter(|key| !key.is_weak());
        let expected = "an Ed25519 public key in hexadecimal or base64";
        key.map(|key| Self::Public(Box::new(key)))
            .ok_or(Error::Malformed { number, expected })
    }

    /// Whether it is the public half of a pair.
    pub(super) fn is_public(&self) -> bool {
        matches!(self, Self::Public(_))
    }

    /// Whether any of the signatures is this key's. All are looked at.
    pub(super) fn made_any(&self, hash: Hash, signatures: &[Vec<u8>], pieces: &[&[u8]]) -> bool {
        match self {
            Self::Hmac(key) => {
                let mac = mac(hash, key.expose_secret(), pieces);
                let each = signatures.iter();
                each.fold(false, |any, one| {
                    any | constant_time::equal_digests(&mac, one)
                })
            }
            Self::Public(key) => {
                let message = pieces.concat();
                let each = signatures.iter();
                each.fold(false, |any, one| any | is_by(key, &message, one))
            }
        }
    }

    /// Whether a text is this secret.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => constant_time::equal(key.expose_secret(), text),
            Self::Public(_) => false,
        }
    }
}

fn is_by(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let signature = Signature::from_slice(signature);
    signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

/// What a test delivery is signed with. It is not `Debug`.
pub(in crate::hook) enum SigningKey {
    Hmac(SecretSlice<u8>),
    Private(Box<ed25519_dalek::SigningKey>),
}

/// Reads what a test delivery is to be signed with: the secret itself or, for
/// Ed25519, the private key.
pub(in crate::hook) fn signing_key(
    scheme: &Scheme,
    secret: &SecretString,
) -> Result<SigningKey, Error> {
    let text = secret.expose_secret();
    let form = match scheme {
        Scheme::Signed(signed) => signed.key,
        Scheme::Token(_) | Scheme::Basic(_) => KeyForm::Text,
    };
    let private = match form {
        KeyForm::Standard => text.strip_prefix(PRIVATE_PREFIX),
        KeyForm::Ed25519 => Some(text.strip_prefix(PRIVATE_PREFIX).unwrap_or(text)),
        KeyForm::Text | KeyForm::Base64 | KeyForm::Hex => None,
    };
    let expected = "a private key (whsk_), which signing takes";
    let malformed = Error::Malformed {
        number: 1,
        expected,
    };
    if let Some(private) = private {
        let seed = seed(private).ok_or(malformed)?;
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        return Ok(SigningKey::Private(Box::new(key)));
    }
    match Key::read(scheme, secret, 1)? {
        Key::Hmac(key) => Ok(SigningKey::Hmac(key)),
        Key::Public(_) => Err(malformed),
    }
}

impl SigningKey {
    pub(in crate::hook) fn is_private(&self) -> bool {
        matches!(self, Self::Private(_))
    }

    /// The signature over these pieces.
    pub(in crate::hook) fn sign(&self, hash: Hash, pieces: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Hmac(key) => mac(hash, key.expose_secret(), pieces),
            Self::Private(key) => key.sign(&pieces.concat()).to_bytes().to_vec(),
        }
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let padded = BASE64.decode(text.as_bytes());
    padded
        .or_else(|_| BASE64_NOPAD.decode(text.as_bytes()))
        .ok()
}

fn thirty_two(text: &str) -> Option<[u8; 32]> {
    let bytes = match text.len() {
        64 => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?,
        _ => base64(text)?,
    };
    bytes.try_into().ok()
}

/// The seed of a private key, after which its public half may stand.
fn seed(text: &str) -> Option<[u8; 32]> {
    thirty_two(text).or_else(|| base64(text)?.first_chunk().copied())
}
