//! Who asks: the credentials of one request, opaque to everything but the
//! client that sends them on.

use std::{collections::HashSet, time::Duration};

use connectrpc::client::CallOptions;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use flyte_webhook_core::parts::sha256;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// The header that names a request, taken over from the caller where it fits.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The shortest piece of a credential that counts as the credential.
const WINDOW: usize = 12;

/// The longest credential, in bytes; a longer one counts as none.
const LONGEST_CREDENTIAL: usize = 8 << 10;

/// The longest upstream message that is kept, in bytes.
const LONGEST_MESSAGE: usize = 512;

/// The credentials of one request and its id.
///
/// It is not `Debug`: nothing may print what it holds.
#[derive(Clone)]
pub struct Caller {
    authorization: Option<HeaderValue>,
    cookie: Option<HeaderValue>,
    request_id: HeaderValue,
}

impl Caller {
    /// Takes the first `Authorization` and the first `Cookie`, of any scheme;
    /// `None` where both are absent or blank.
    pub fn from_headers(headers: &HeaderMap, request_id: HeaderValue) -> Option<Self> {
        let authorization = credential(headers, header::AUTHORIZATION);
        let cookie = credential(headers, header::COOKIE);
        if authorization.is_none() && cookie.is_none() {
            return None;
        }
        Some(Self {
            authorization,
            cookie,
            request_id,
        })
    }

    /// The token of a `Bearer` authorization (RFC 6750).
    pub fn bearer(&self) -> Option<&str> {
        let value = self.authorization.as_ref()?.to_str().ok()?;
        let (scheme, token) = value.trim_ascii_start().split_once(' ')?;
        let token = token.trim_ascii();
        (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
    }

    /// The same without a cookie, which could be somebody else's.
    #[must_use]
    pub fn without_cookie(self) -> Self {
        Self {
            cookie: None,
            ..self
        }
    }

    /// Whether these are what a browser adds by itself, and no more.
    pub fn has_only_a_cookie(&self) -> bool {
        self.authorization.is_none()
    }

    /// The options of one call for this caller: exactly three headers and the
    /// time that is left.
    pub(super) fn options(&self, left: Duration) -> CallOptions {
        let headers = [
            (REQUEST_ID, Some(&self.request_id)),
            (header::AUTHORIZATION, self.authorization.as_ref()),
            (header::COOKIE, self.cookie.as_ref()),
        ];
        let present = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.clone())));
        CallOptions::default()
            .with_headers(present)
            .with_timeout(left)
    }

    /// The credentials as headers, for an app that the configuration trusts
    /// with them.
    pub(crate) fn credentials(&self) -> HeaderMap {
        let headers = [
            (header::AUTHORIZATION, &self.authorization),
            (header::COOKIE, &self.cookie),
        ];
        let present = headers.into_iter();
        present
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }

    /// A key under which something may be kept for this caller alone.
    pub(super) fn cache_key(&self) -> [u8; 32] {
        let values = [&self.authorization, &self.cookie].into_iter();
        sha256(values.map(|value| value.as_ref().map_or(&[][..], HeaderValue::as_bytes)))
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
        // Cut first: an upstream's message may be as large as its answer.
        let message = message
            .get(..message.floor_char_boundary(LONGEST_MESSAGE))
            .unwrap_or_default();
        let credentials = [&self.authorization, &self.cookie].into_iter().flatten();
        let repeats = credentials
            .flat_map(|value| spellings(value.as_bytes()))
            .any(|secret| shares_piece(message.as_bytes(), &secret));
        if repeats {
            return String::new();
        }
        message.to_owned()
    }
}

fn credential(headers: &HeaderMap, name: HeaderName) -> Option<HeaderValue> {
    let mut value = headers.get(name)?.clone();
    if value.as_bytes().iter().all(u8::is_ascii_whitespace) || value.len() > LONGEST_CREDENTIAL {
        return None;
    }
    value.set_sensitive(true);
    Some(value)
}

/// A secret as it stands and as an echo may have encoded it.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![
        secret.to_vec(),
        percent_encode(secret, NON_ALPHANUMERIC)
            .to_string()
            .into_bytes(),
    ];
    // An encoded echo may start anywhere, so at each of base64's three offsets.
    for rest in (0..3).filter_map(|offset| secret.get(offset..)) {
        spellings.push(BASE64.encode(rest).into_bytes());
        spellings.push(BASE64URL_NOPAD.encode(rest).into_bytes());
    }
    spellings
}

/// Whether a text repeats a secret, or [`WINDOW`] bytes of it.
fn shares_piece(text: &[u8], secret: &[u8]) -> bool {
    let size = WINDOW.min(secret.len()).max(1);
    let pieces: HashSet<&[u8]> = text.windows(size).collect();
    secret.windows(size).any(|piece| pieces.contains(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(token: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, token.parse().unwrap());
        Caller::from_headers(&headers, HeaderValue::from_static("id")).unwrap()
    }

    #[test]
    fn a_message_that_repeats_the_token_is_withheld_in_every_encoding() {
        let caller = caller("Bearer canary-0123456789abcdef");
        let token = b"canary-0123456789abcdef";
        let echoes = [
            "canary-0123456789abcdef".to_owned(),
            "0123456789ab".to_owned(),
            BASE64.encode(token),
            BASE64URL_NOPAD.encode(token),
            percent_encode(b"Bearer canary-0123456789abcdef", NON_ALPHANUMERIC).to_string(),
        ];
        for echo in echoes {
            assert_eq!(
                caller.scrub(&format!("no access with {echo}!")),
                "",
                "{echo}"
            );
        }
        assert_eq!(caller.scrub("no access"), "no access");
    }

    #[test]
    fn callers_with_the_parts_of_one_credential_have_other_keys() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a"));
        let cookie = Caller::from_headers(&headers, HeaderValue::from_static("id")).unwrap();
        assert_ne!(cookie.cache_key(), caller("a").cache_key());
        assert_eq!(caller("a").cache_key(), caller("a").cache_key());
    }

    #[test]
    fn the_size_of_a_message_costs_nothing() {
        let caller = caller(&format!("Bearer {}", "t".repeat(4000)));
        let page = "<p>upstream</p>".repeat(1 << 20);
        assert_eq!(caller.scrub(&page).len(), LONGEST_MESSAGE);
    }

    #[test]
    fn a_credential_beyond_any_token_is_none() {
        let mut headers = HeaderMap::new();
        let long = "x".repeat(LONGEST_CREDENTIAL + 1);
        headers.insert(header::COOKIE, long.parse().unwrap());
        assert!(Caller::from_headers(&headers, HeaderValue::from_static("id")).is_none());
    }

    #[test]
    fn blank_credentials_are_none() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("  "));
        headers.insert(header::COOKIE, HeaderValue::from_static(""));
        assert!(Caller::from_headers(&headers, HeaderValue::from_static("id")).is_none());
    }
}
