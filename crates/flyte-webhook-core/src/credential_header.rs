//! Names of headers that may carry a credential to the control plane.

use std::fmt;

/// The longest name.
const LONGEST: usize = 64;

/// Names that mean something else on the way, and the beginnings of such names.
/// A browser sends some of them by itself, to whoever a page says.
const OTHERS: [&str; 22] = [
    "accept",
    "age",
    "allow",
    "cache-control",
    "connection",
    "date",
    "dnt",
    "expect",
    "forwarded",
    "from",
    "host",
    "keep-alive",
    "origin",
    "pragma",
    "priority",
    "range",
    "referer",
    "te",
    "trailer",
    "upgrade",
    "user-agent",
    "via",
];
const OTHER_BEGINNINGS: [&str; 15] = [
    "accept-",
    "access-control-",
    "connect-",
    "content-",
    "grpc-",
    "idempotency-",
    "if-",
    "proxy-",
    "save-",
    "sec-",
    "trace",
    "transfer-",
    "upgrade-",
    "x-forwarded-",
    "x-request-",
];

/// A name in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialHeader(String);

/// Why a text is not such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no name of letters, digits and dashes.
    #[error("is no name of a header; write up to 64 letters, digits and dashes, such as x-api-key")]
    Name,
    /// It means something else.
    #[error("is a header that belongs to the connection or the content; name another")]
    Other,
}

impl CredentialHeader {
    /// Reads a name in any case.
    ///
    /// # Errors
    ///
    /// Where it is no name, or one that means something else.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let name = name.to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !begins || name.len() > LONGEST || !name.bytes().all(plain) {
            return Err(Error::Name);
        }
        let is_other = OTHERS.contains(&name.as_str())
            || OTHER_BEGINNINGS.iter().any(|it| name.starts_with(it));
        if is_other {
            return Err(Error::Other);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialHeader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_taken_in_any_case() {
        for name in [
            "authorization",
            "cookie",
            "X-API-Key",
            "flyte-authorization",
            "x-amzn-oidc-data",
        ] {
            let read = CredentialHeader::parse(name).unwrap();
            assert_eq!(read.as_str(), name.to_ascii_lowercase());
        }
    }

    #[test]
    fn what_belongs_to_the_connection_or_the_content_is_refused() {
        for name in [
            "Host",
            "connection",
            "transfer-encoding",
            "content-length",
            "Connect-Timeout-Ms",
            "grpc-timeout",
            "proxy-authorization",
            "x-forwarded-for",
            "x-request-id",
            "user-agent",
            "sec-fetch-site",
            "traceparent",
        ] {
            assert_eq!(CredentialHeader::parse(name), Err(Error::Other), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for name in [
            "",
            "x_api_key",
            "x api",
            "x:y",
            "x\r\ny",
            "-x",
            "1",
            "ä",
            &long,
        ] {
            assert_eq!(CredentialHeader::parse(name), Err(Error::Name), "{name:?}");
        }
    }
}
