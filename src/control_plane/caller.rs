//! Who asks: the credentials of one request, opaque to everything but the
//! client that sends them on.

mod scrub;

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use connectrpc::client::CallOptions;
use flyte_webhook_core::parts::sha256;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    audit::{Trail, Who},
    config::HeaderExtractor,
    trace,
};

/// The header that names a request, taken over from the caller where it fits.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest credential, in bytes; a longer one counts as none.
const LONGEST_CREDENTIAL: usize = 8 << 10;

/// The credentials of one request, its id, and who it is from if that is known.
///
/// It is not `Debug`: nothing may print what it holds.
#[derive(Clone)]
pub struct Caller {
    /// At most one of each name.
    credentials: Vec<(HeaderName, HeaderValue)>,
    request_id: HeaderValue,
    identity: Identity,
    trail: Trail,
    trace: Option<trace::Context>,
}

/// Who a caller is, where this server has found that out itself. It stays the
/// same when a token is renewed, so that it may name what is the caller's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The subject of a token that was verified.
    Subject(Arc<str>),
    /// The client id of a Flyte API key that was exchanged.
    ApiKey(Arc<str>),
    /// The id of a local key.
    LocalKey(Arc<str>),
    /// A hook, by its name.
    Hook(Arc<str>),
    /// Only the control plane knows.
    #[default]
    Unknown,
}

impl Identity {
    fn note(&self, trail: &Trail) {
        match self {
            Self::Subject(subject) => trail.sent_by(Who::Subject(Arc::clone(subject))),
            Self::ApiKey(client) => trail.sent_by(Who::ApiKey(Arc::clone(client))),
            Self::LocalKey(id) => trail.sent_by(Who::LocalKey(Arc::clone(id))),
            Self::Hook(hook) => trail.sent_by(Who::Hook(Arc::clone(hook))),
            Self::Unknown => {}
        }
    }
}

impl Caller {
    /// Takes the first header of each configured name, of any scheme; `None`
    /// where all are absent or blank. The trail is the request's; whose it is, is noted there.
    pub fn from_headers(
        headers: &HeaderMap,
        extractors: &[HeaderExtractor],
        request_id: HeaderValue,
        trail: Trail,
    ) -> Option<Self> {
        let mut credentials: Vec<(HeaderName, HeaderValue)> = Vec::new();
        for extractor in extractors {
            let name = &extractor.forward_as;
            if credentials.iter().any(|(known, _)| known == name) {
                continue;
            }
            credentials.extend(credential(headers, extractor).map(|it| (name.clone(), it)));
        }
        if credentials.is_empty() {
            return None;
        }
        let caller = Self {
            credentials,
            request_id,
            identity: Identity::Unknown,
            trail,
            trace: None,
        };
        let key = caller.credential_key();
        caller.trail.sent_by(Who::Credential(key));
        Some(caller)
    }

    /// A request of this server's own, which needs no credentials.
    pub fn nobody(request_id: HeaderValue) -> Self {
        Self::server(request_id, Trail::default(), None)
    }

    /// This server, which acts of itself: with what it notes, in this trace.
    pub fn server(request_id: HeaderValue, trail: Trail, trace: Option<trace::Context>) -> Self {
        Self {
            credentials: Vec::new(),
            request_id,
            identity: Identity::Unknown,
            trail,
            trace,
        }
    }

    /// What is known of the request, for the log and the audit log.
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// Who the caller is, where this server knows.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The request's id.
    pub fn request_id(&self) -> &HeaderValue {
        &self.request_id
    }

    /// The same within a trace, which the control plane and the runs that it starts
    /// are told of.
    #[must_use]
    pub fn traced(self, trace: Option<trace::Context>) -> Self {
        Self { trace, ..self }
    }

    /// The trace of the request.
    pub fn trace(&self) -> Option<&trace::Context> {
        self.trace.as_ref()
    }

    /// The token of a `Bearer` authorization (RFC 6750).
    pub fn bearer(&self) -> Option<&str> {
        let value = self.credential(&header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.trim_ascii_start().split_once(' ')?;
        let token = token.trim_ascii();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// The same with nothing but the authorization, which was verified to be
    /// this one's. What came beside it could be somebody else's.
    #[must_use]
    pub fn verified(self, identity: Identity) -> Self {
        let mut credentials = self.credentials;
        credentials.retain(|(name, _)| *name == header::AUTHORIZATION);
        identity.note(&self.trail);
        Self {
            credentials,
            identity,
            ..self
        }
    }

    /// The same with another credential in place of all that came.
    #[must_use]
    pub fn holding(self, identity: Identity, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        identity.note(&self.trail);
        Self {
            credentials: vec![(name, value)],
            identity,
            ..self
        }
    }

    /// Whether these are what a browser adds by itself, and no more.
    pub fn has_only_a_cookie(&self) -> bool {
        self.credentials
            .iter()
            .all(|(name, _)| *name == header::COOKIE)
    }

    /// The options of one call for this caller: the request's id, its place in a
    /// trace, the credentials and the time that is left, nothing else.
    pub(super) fn options(&self, left: Duration) -> CallOptions {
        let id = [(REQUEST_ID, self.request_id.clone())];
        let trace = self.trace.iter().flat_map(trace::Context::headers);
        CallOptions::default()
            .with_headers(
                id.into_iter()
                    .chain(trace)
                    .chain(self.credentials.iter().cloned()),
            )
            .with_timeout(left)
    }

    /// The credentials as headers, for an app that the configuration trusts
    /// with them.
    pub(crate) fn credentials(&self) -> HeaderMap {
        let of_apps = |name: &HeaderName| [header::AUTHORIZATION, header::COOKIE].contains(name);
        let credentials = self.credentials.iter().cloned();
        credentials.filter(|(name, _)| of_apps(name)).collect()
    }

    /// By what the caller is counted: who it is, where this server has found that
    /// out, since tokens change, else the credential.
    pub fn key(&self, hasher: &RandomState) -> u64 {
        match &self.identity {
            Identity::Unknown => hasher.hash_one(self.credential_key()),
            known @ (Identity::Subject(_)
            | Identity::ApiKey(_)
            | Identity::LocalKey(_)
            | Identity::Hook(_)) => hasher.hash_one(known),
        }
    }

    /// A key under which something may be kept for this caller alone.
    pub(super) fn cache_key(&self) -> [u8; 32] {
        let parts = self.credentials.iter();
        sha256(parts.flat_map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]))
    }

    /// The same for as long as the credential is. Beside a token, cookies are what
    /// proxies change with every answer.
    pub(super) fn credential_key(&self) -> [u8; 32] {
        match self.bearer() {
            Some(token) => sha256(["bearer", token]),
            None => self.cache_key(),
        }
    }

    /// An upstream message fit for the log: short, and empty where it repeats a
    /// piece of the caller's credentials in any common encoding.
    pub(super) fn scrub(&self, message: &str) -> String {
        let secrets = self.credentials.iter().map(|(_, value)| value.as_bytes());
        scrub::scrub(message, secrets)
    }

    fn credential(&self, name: &HeaderName) -> Option<&HeaderValue> {
        let found = self.credentials.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

fn credential(headers: &HeaderMap, extractor: &HeaderExtractor) -> Option<HeaderValue> {
    let value = headers.get(&extractor.header)?;
    if value.as_bytes().iter().all(u8::is_ascii_whitespace) || value.len() > LONGEST_CREDENTIAL {
        return None;
    }
    let mut value = match &extractor.forward_as {
        name if *name == header::AUTHORIZATION && *name != extractor.header => bearer(value)?,
        _ => value.clone(),
    };
    value.set_sensitive(true);
    Some(value)
}

/// The value of another header as an authorization, which needs a scheme.
fn bearer(value: &HeaderValue) -> Option<HeaderValue> {
    let bytes = value.as_bytes().trim_ascii();
    if bytes.contains(&b' ') {
        return Some(value.clone());
    }
    HeaderValue::from_bytes(&[b"Bearer ", bytes].concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(token: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, token.parse().unwrap());
        of(&headers, &[]).unwrap()
    }

    /// The caller of a request, with these headers beside the usual ones.
    fn of(headers: &HeaderMap, extra: &[(&'static str, &'static str)]) -> Option<Caller> {
        let usual = [("authorization", "authorization"), ("cookie", "cookie")];
        let extractor = |(header, forward_as): &(&'static str, &'static str)| HeaderExtractor {
            header: HeaderName::from_static(header),
            forward_as: HeaderName::from_static(forward_as),
        };
        let extractors: Vec<_> = usual.iter().chain(extra).map(extractor).collect();
        let id = HeaderValue::from_static("id");
        Caller::from_headers(headers, &extractors, id, Trail::default())
    }

    #[test]
    fn callers_with_the_parts_of_one_credential_have_other_keys() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a"));
        let cookie = of(&headers, &[]).unwrap();
        assert_ne!(cookie.cache_key(), caller("a").cache_key());
        assert_eq!(caller("a").cache_key(), caller("a").cache_key());
    }

    #[test]
    fn a_credential_beyond_any_token_is_none() {
        let mut headers = HeaderMap::new();
        let long = "x".repeat(LONGEST_CREDENTIAL + 1);
        headers.insert(header::COOKIE, long.parse().unwrap());
        assert!(of(&headers, &[]).is_none());
    }

    #[test]
    fn blank_credentials_are_none() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("  "));
        headers.insert(header::COOKIE, HeaderValue::from_static(""));
        assert!(of(&headers, &[]).is_none());
    }

    #[test]
    fn another_header_becomes_a_bearer_token_where_there_is_no_authorization() {
        let extra = [("x-api-key", "authorization"), ("x-tenant", "x-tenant")];
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static("key"));
        headers.insert("x-tenant", HeaderValue::from_static("a b"));
        let caller = of(&headers, &extra).unwrap();
        assert_eq!(caller.bearer(), Some("key"));
        let tenant = caller.credential(&HeaderName::from_static("x-tenant"));
        assert_eq!(tenant.unwrap(), "a b");
        headers.insert("x-api-key", HeaderValue::from_static("Basic key"));
        let authorization = of(&headers, &extra).unwrap();
        let authorization = authorization.credential(&header::AUTHORIZATION).cloned();
        assert_eq!(authorization.unwrap(), "Basic key");
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(of(&headers, &extra).unwrap().bearer(), Some("a"));
    }

    #[test]
    fn a_verified_caller_keeps_its_token_alone() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        headers.insert(header::COOKIE, HeaderValue::from_static("b"));
        headers.insert("x-tenant", HeaderValue::from_static("c"));
        let caller = of(&headers, &[("x-tenant", "x-tenant")]).unwrap();
        assert_eq!(caller.credentials.len(), 3);
        let verified = caller.verified(Identity::Subject("a".into()));
        assert_eq!(verified.credentials.len(), 1);
        assert_eq!(verified.bearer(), Some("a"));
    }
}
