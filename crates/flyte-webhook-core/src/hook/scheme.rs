//! Whether a delivery is from who it says it is from.
//!
//! Signatures are over the raw bytes, so nothing is parsed before one matched.
//! Every secret is tried against every signature whatever came out before, so
//! that a wrong delivery costs what a right one costs, and tells nothing. Only
//! [`Verifier::verify`] makes a [`Verified`].

mod content;
mod delivery;
mod key;
mod layout;
mod mac;
mod refusal;
mod verifier;
mod window;

pub use content::{Content, Error as ContentError};
pub use delivery::{Delivery, Unverified, Verified};
pub use key::{Error as SecretError, KeyForm, SHORTEST};
pub use layout::{Encoding, Layout};
pub use mac::Hash;
pub use refusal::Refusal;
pub use verifier::{Examination, Verifier};
pub use window::{Stamp, Unit, Window};

pub(super) use key::{SigningKey, signing_key};

/// How a delivery proves where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// By a signature over what it says.
    Signed(Signed),
    /// By a secret that is sent along.
    Token(Token),
    /// By a user name and a password (RFC 7617).
    Basic(Basic),
}

/// Where a signature is and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The sets of headers that it may be in; the first of which all are there
    /// counts.
    pub names: Vec<Names>,
    /// How the header holds signatures.
    pub layout: Layout,
    /// How a signature is written.
    pub encoding: Encoding,
    /// The hash of an HMAC.
    pub hash: Hash,
    /// What a secret is written as.
    pub key: KeyForm,
    /// What is signed.
    pub content: Content,
    /// The time within which a signature counts; where no time is signed,
    /// deliveries have to be remembered.
    pub window: Option<Window>,
}

/// The headers of one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The header of the signature, in lower case.
    pub signature: String,
    /// The header of what [`Content`] calls the id.
    pub id: Option<String>,
    /// The header of the time.
    pub timestamp: Option<String>,
}

/// A secret in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The header, in lower case.
    pub header: String,
    /// What stands before the secret, such as `Bearer `.
    pub prefix: String,
}

/// A password in `Authorization`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basic {
    /// The name that goes with it.
    pub user: String,
}

impl Names {
    /// A signature that stands alone.
    pub fn signature(header: &str) -> Self {
        Self {
            signature: header.to_ascii_lowercase(),
            id: None,
            timestamp: None,
        }
    }

    /// All of them.
    fn all(&self) -> impl Iterator<Item = &str> {
        let others = [self.id.as_deref(), self.timestamp.as_deref()];
        std::iter::once(self.signature.as_str()).chain(others.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests;
