//! Spells a path in one way before it is routed.
//!
//! `%74` and `t` are the same by RFC 3986 section 6.2.2.2, and the allowlists
//! and exemptions must see them so. What is reserved stays encoded: `%2F` never
//! becomes a separator.

use axum::extract::Request;
use http::{Uri, uri::PathAndQuery};

/// Decodes the percent-escapes of unreserved characters.
pub fn normalize_path<B>(mut request: Request<B>) -> Request<B> {
    if request.uri().path().contains('%')
        && let Some(uri) = normalized(request.uri())
    {
        *request.uri_mut() = uri;
    }
    request
}

fn normalized(uri: &Uri) -> Option<Uri> {
    let path = decode_unreserved(uri.path());
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

fn decode_unreserved(path: &str) -> String {
    let mut pieces = path.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let escaped = piece
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        let (character, rest) = match escaped {
            Some(byte) => (char::from(byte), piece.get(2..).unwrap_or_default()),
            None => ('%', piece),
        };
        decoded.push(character);
        decoded.push_str(rest);
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_are_decoded() {
        let cases = [
            ("/%68ealth", "/health"),
            ("/a%2Fb", "/a%2Fb"),
            ("/%2e%2E/x", "/../x"),
            ("/%252F", "/%252F"),
            ("/%ff%00%0a", "/%ff%00%0a"),
            ("/%", "/%"),
            ("/%4", "/%4"),
            ("/%zz%+1", "/%zz%+1"),
            ("/caf%C3%A9", "/caf%C3%A9"),
        ];
        for (given, expected) in cases {
            assert_eq!(decode_unreserved(given), expected, "{given}");
        }
    }
}
