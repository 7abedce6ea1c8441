//! Spells a path in one way before it is routed.
//!
//! `%74` and `t` are the same by RFC 3986 section 6.2.2.2, and the allowlists
//! and exemptions must see them so. What is reserved stays encoded: `%2F` never
//! becomes a separator.

use http::{Uri, uri::PathAndQuery};

use super::chain::Request;
use crate::http::Problem;

/// Decodes the percent-escapes of unreserved characters.
pub fn normalize_path((): &(), request: &mut Request) -> Result<(), Problem> {
    if request.uri().path().contains('%')
        && let Some(uri) = normalized(request.uri())
    {
        *request.uri_mut() = uri;
    }
    Ok(())
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
        let escaped = piece.get(..2).filter(|hex| is_hex(hex));
        let byte = escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let plain = byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte));
        match (plain, escaped) {
            (Some(byte), _) => decoded.push(char::from(byte)),
            (None, Some(escape)) => decoded.extend(["%", escape]),
            // No escape; what follows must not make one of it.
            (None, None) => decoded.push_str("%25"),
        }
        let rest = escaped.map_or(piece, |escape| piece.strip_prefix(escape).unwrap_or(piece));
        decoded.push_str(rest);
    }
    decoded
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
            ("/%", "/%25"),
            ("/%4", "/%254"),
            ("/%zz%+1", "/%25zz%25+1"),
            ("/%%36%39", "/%2569"),
            ("/caf%C3%A9", "/caf%C3%A9"),
        ];
        for (given, expected) in cases {
            assert_eq!(decode_unreserved(given), expected, "{given}");
        }
    }
}
