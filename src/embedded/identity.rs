//! Who calls, read from the credential without verifying it.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use http::{HeaderMap, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// What is known about a caller.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Identity {
    #[serde(rename = "sub")]
    pub(super) subject: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) preferred_username: String,
    #[serde(default)]
    pub(super) given_name: String,
    #[serde(default)]
    pub(super) family_name: String,
    #[serde(default)]
    pub(super) email: String,
}

/// The caller of a request, or none without a credential.
///
/// A bearer token that is a JWT names its subject; any other credential gets a
/// stable name made from its hash, so that the same token is the same user.
pub(super) fn of(headers: &HeaderMap) -> Option<Identity> {
    let authorization = text(headers, &header::AUTHORIZATION);
    let token = authorization.map(bearer);
    if let Some(identity) = token.and_then(from_jwt) {
        return Some(identity);
    }
    let credential = token.or_else(|| text(headers, &header::COOKIE))?;
    let subject = format!("user-{}", fingerprint(credential.as_bytes()));
    Some(Identity {
        name: subject.clone(),
        subject,
        ..Identity::default()
    })
}

/// The caller's subject, empty without a credential.
pub(super) fn subject(headers: &HeaderMap) -> String {
    of(headers)
        .map(|identity| identity.subject)
        .unwrap_or_default()
}

/// Enough of a hash to tell two secrets apart, never enough to find one.
pub(super) fn fingerprint(secret: &[u8]) -> String {
    let mut hash = HEXLOWER.encode(&Sha256::digest(secret));
    hash.truncate(16);
    hash
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then_some(value)
}

fn bearer(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => value,
    }
}

fn from_jwt(token: &str) -> Option<Identity> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = BASE64URL_NOPAD
        .decode(payload.trim_end_matches('=').as_bytes())
        .ok()?;
    let identity: Identity = serde_json::from_slice(&claims).ok()?;
    (!identity.subject.is_empty()).then(|| named(identity))
}

/// As the Go server does: the name is the given and the family name.
fn named(mut identity: Identity) -> Identity {
    let full = format!("{} {}", identity.given_name, identity.family_name);
    if !full.trim().is_empty() {
        full.trim().clone_into(&mut identity.name);
    }
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(name: header::HeaderName, value: &str) -> Option<Identity> {
        of(&HeaderMap::from_iter([(name, value.parse().unwrap())]))
    }

    #[test]
    fn a_jwt_names_its_subject() {
        let claims =
            BASE64URL_NOPAD.encode(br#"{"sub":"u1","given_name":"Jo","family_name":"Doe"}"#);
        let identity = caller(header::AUTHORIZATION, &format!("Bearer e30.{claims}.x")).unwrap();
        assert_eq!(
            (identity.subject.as_str(), identity.name.as_str()),
            ("u1", "Jo Doe")
        );
    }

    #[test]
    fn another_token_has_a_stable_name_that_does_not_show_it() {
        let first = caller(header::AUTHORIZATION, "Bearer s3cret").unwrap();
        assert_eq!(
            Some(&first),
            caller(header::AUTHORIZATION, "bearer s3cret").as_ref()
        );
        assert_ne!(
            Some(&first),
            caller(header::AUTHORIZATION, "Bearer other").as_ref()
        );
        assert!(first.subject.starts_with("user-") && !format!("{first:?}").contains("s3cret"));
    }

    #[test]
    fn no_credential_is_nobody() {
        assert_eq!(of(&HeaderMap::new()), None);
        assert_eq!(caller(header::AUTHORIZATION, " "), None);
    }

    #[test]
    fn a_broken_jwt_is_an_opaque_token() {
        for token in ["a.b.c", "e30.e30.x", "e30.eyJzdWIiOiIifQ.x", "a.b.c.d"] {
            let identity = caller(header::AUTHORIZATION, &format!("Bearer {token}")).unwrap();
            assert!(identity.subject.starts_with("user-"), "{token}");
        }
    }
}
