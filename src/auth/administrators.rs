//! Who may use the administrator's routes.

use std::sync::Arc;

use data_encoding::BASE64;
use http::{HeaderMap, header::AUTHORIZATION};

use super::hashed;
use crate::config::{Admin, AdminToken};

/// The configured tokens: cheap to clone.
#[derive(Clone)]
pub struct Administrators(Arc<[AdminToken]>);

impl Administrators {
    /// Those of a configuration.
    pub fn new(admin: &Admin) -> Self {
        Self(admin.tokens.clone().into())
    }

    /// Whose token a request brings: as a bearer, or as the password of Basic, which
    /// browsers can send (RFC 7617).
    pub fn find(&self, headers: &HeaderMap) -> Option<&str> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = value.split_once(' ')?;
        let token = if scheme.eq_ignore_ascii_case("bearer") {
            credentials.trim().to_owned()
        } else if scheme.eq_ignore_ascii_case("basic") {
            password(credentials.trim())?
        } else {
            return None;
        };
        let found = hashed::find(&self.0, |token| &token.hash, &token);
        found.map(|token| token.id.as_str())
    }
}

fn password(credentials: &str) -> Option<String> {
    let decoded = BASE64.decode(credentials.as_bytes()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (_anybody, password) = text.split_once(':')?;
    Some(password.to_owned())
}
