//! API keys of Flyte: base64 of `endpoint:client_id:client_secret:org`.
//!
//! A key is told from other credentials by its shape alone, so the shape is
//! narrow: what is not surely a key is somebody else's to judge.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use secrecy::SecretString;
use url::Url;

/// A key, which an authorization server changes into an access token.
///
/// It is not `Debug`: nothing may print what it holds.
#[derive(Clone)]
pub struct ApiKey {
    endpoint: String,
    client_id: String,
    client_secret: SecretString,
}

impl ApiKey {
    /// Reads a credential; `None` where it is no key.
    ///
    /// Fields are taken from the right, since an endpoint may have a scheme and a
    /// port while no other field may have a colon.
    pub fn parse(credential: &str) -> Option<Self> {
        let text = decode(credential)?;
        let mut fields = text.rsplitn(4, ':');
        let _org = fields.next()?;
        let (secret, id, endpoint) = (fields.next()?, fields.next()?, fields.next()?);
        let is_key = !secret.is_empty() && !id.is_empty() && is_endpoint(endpoint);
        is_key.then(|| Self {
            endpoint: endpoint.to_owned(),
            client_id: id.to_owned(),
            client_secret: secret.into(),
        })
    }

    /// Who the key is to the authorization server. It is no secret.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What proves it.
    pub fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Whether this is the endpoint that the key is for: host and port count,
    /// since the SDK, too, takes no scheme from a key.
    pub fn is_for(&self, endpoint: &Url) -> bool {
        let text = format!("{}://{}", endpoint.scheme(), authority(&self.endpoint));
        let Ok(own) = Url::parse(&text) else {
            return false;
        };
        let is_origin = own.path() == "/" && own.query().is_none() && own.fragment().is_none();
        is_origin && own.username().is_empty() && own.origin() == endpoint.origin()
    }
}

/// Base64 in either alphabet, padded or not. No text of Flyte's has a space or
/// anything but ASCII in it.
fn decode(credential: &str) -> Option<String> {
    let digits = credential.trim_end_matches('=');
    let alphabet = if digits.contains(['-', '_']) {
        BASE64URL_NOPAD
    } else {
        BASE64_NOPAD
    };
    let bytes = alphabet.decode(digits.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then_some(text)
}

fn authority(endpoint: &str) -> &str {
    let rest = endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest);
    rest.trim_matches('/')
}

/// Whether a text could name a host; which one is another question.
fn is_endpoint(text: &str) -> bool {
    let part_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]/@".contains(&byte);
    let has_name = authority(text)
        .bytes()
        .any(|byte| byte.is_ascii_alphanumeric());
    has_name && text.bytes().all(part_of_one)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL_NOPAD};
    use secrecy::ExposeSecret;

    use super::*;

    fn key(text: &str) -> Option<ApiKey> {
        ApiKey::parse(&BASE64.encode(text.as_bytes()))
    }

    #[test]
    fn fields_are_read_from_the_right() {
        for endpoint in [
            "flyte.example.com",
            "localhost:8090",
            "dns:///flyte.example.com",
            "dns:///localhost:8090",
            "https://flyte.example.com/",
            "[::1]:8090",
        ] {
            let key = key(&format!("{endpoint}:robot:s3cret:acme")).unwrap();
            assert_eq!(key.endpoint, endpoint);
            assert_eq!(key.client_id(), "robot");
            assert_eq!(key.client_secret().expose_secret(), "s3cret");
        }
        assert_eq!(key("flyte.example.com:a:b:").unwrap().client_id(), "a");
    }

    #[test]
    fn either_alphabet_of_base64_is_read() {
        let text = b"flyte.example.com:robot:~~~???>>>:acme";
        let url = BASE64URL_NOPAD.encode(text);
        for credential in [BASE64.encode(text), url.clone()] {
            assert!(ApiKey::parse(&credential).is_some(), "{credential}");
        }
        assert!(url.contains('-') && url.contains('_'), "{url}");
        assert!(ApiKey::parse(&url.replace('-', "+")).is_none());
    }

    #[test]
    fn other_credentials_are_no_keys() {
        for text in [
            "",
            "a:b:c",
            ":id:secret:org",
            "host::secret:org",
            "host:id::org",
            "://:id:secret:org",
            "{\"a\":1,\"b\":2,\"c\":3}",
            "ho st:id:secret:org",
            "host:id:sec\nret:org",
            "h\u{f6}st:id:secret:org",
        ] {
            assert!(key(text).is_none(), "{text}");
        }
        for credential in ["dev", "host:id:secret:org", "e30.e30.x", "====", "ä"] {
            assert!(ApiKey::parse(credential).is_none(), "{credential}");
        }
    }

    #[test]
    fn a_key_is_for_one_host_and_port() {
        let is_for = |own: &str, endpoint: &str| {
            let key = key(&format!("{own}:id:secret:org")).unwrap();
            key.is_for(&Url::parse(endpoint).unwrap())
        };
        for (own, endpoint) in [
            ("flyte.example.com", "https://flyte.example.com"),
            ("FLYTE.example.com", "https://flyte.example.com"),
            ("dns:///flyte.example.com", "https://flyte.example.com"),
            ("https://flyte.example.com/", "https://flyte.example.com"),
            ("flyte.example.com:443", "https://flyte.example.com"),
            ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
            ("dns:///[::1]:8090", "http://[::1]:8090"),
        ] {
            assert!(is_for(own, endpoint), "{own} {endpoint}");
        }
        for (own, endpoint) in [
            ("flyte.example.org", "https://flyte.example.com"),
            ("a.flyte.example.com", "https://flyte.example.com"),
            ("flyte.example.com.", "https://flyte.example.com"),
            ("flyte.example.com.evil.com", "https://flyte.example.com"),
            ("flyte.example.com:8443", "https://flyte.example.com"),
            ("flyte.example.com", "http://flyte.example.com:8090"),
            ("flyte.example.com:x", "https://flyte.example.com"),
            ("evil.com@flyte.example.com", "https://flyte.example.com"),
            ("flyte.example.com/path", "https://flyte.example.com"),
            (
                "grpc://8.8.8.8/flyte.example.com",
                "https://flyte.example.com",
            ),
        ] {
            assert!(!is_for(own, endpoint), "{own} {endpoint}");
        }
    }
}
