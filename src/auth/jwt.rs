//! JSON Web Tokens (RFC 7519), checked as RFC 8725 says.

use std::sync::Arc;

use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde::Deserialize;

use super::jwks::{Jwks, Missing, Refresher};
use crate::config;

/// The types of tokens that give access; `at+jwt` is RFC 9068's.
const TYPES: [&str; 4] = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"];

/// Verifies the tokens of one issuer.
#[derive(Clone)]
pub(super) struct Verifier {
    jwks: Jwks,
    options: Arc<config::Jwt>,
}

/// Why a token is not let in. It says no more: a forger learns nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no token, or none that is valid here and now.
    #[error("the token is not valid")]
    Invalid,
    /// The issuer's keys have not been fetched yet.
    #[error("the issuer's keys cannot be fetched")]
    NoKeys,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl Verifier {
    /// A verifier as configured, and what fetches its keys.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub(super) fn new(
        options: &config::Jwt,
        limits: &config::Limits,
    ) -> Result<(Self, Refresher), reqwest::Error> {
        let url = options.jwks_url.clone();
        let (jwks, refresher) = Jwks::new(url, options.jwks_lifetime, limits.connect_timeout)?;
        let options = Arc::new(options.clone());
        Ok((Self { jwks, options }, refresher))
    }

    /// Whether this is one for these tokens, with the keys that it has fetched.
    pub(super) fn is_for(&self, options: &config::Jwt) -> bool {
        *self.options == *options
    }

    /// Lets in a valid token; gives its subject.
    ///
    /// # Errors
    ///
    /// For every other token.
    pub(super) async fn verify(&self, token: &str) -> Result<String, Error> {
        let header = decode_header(token).map_err(|_any| Error::Invalid)?;
        if !is_plain(&header) || !self.options.algorithms.contains(&header.alg) {
            return Err(Error::Invalid);
        }
        let key = self.jwks.find(header.kid.as_deref(), header.alg).await;
        let key = key.map_err(|missing| match missing {
            Missing::Unknown => Error::Invalid,
            Missing::Unreachable => Error::NoKeys,
        })?;
        let claims = decode::<Claims>(token, &key, &self.validation(&header));
        let subject = claims.map_err(|_any| Error::Invalid)?.claims.sub;
        if subject.is_empty() {
            return Err(Error::Invalid);
        }
        Ok(subject)
    }

    fn validation(&self, header: &Header) -> Validation {
        let mut validation = Validation::new(header.alg);
        validation.leeway = self.options.leeway.as_secs();
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.options.issuer]);
        validation.set_audience(&self.options.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

/// Whether nothing in the header asks for what is not done here. Where a key
/// can be had is never taken from a token.
fn is_plain(header: &Header) -> bool {
    let is_access = header.typ.as_deref().is_none_or(|typ| {
        let typ = typ.to_ascii_lowercase();
        TYPES.contains(&typ.as_str())
    });
    is_access && header.crit.is_none() && header.enc.is_none() && header.zip.is_none()
}
