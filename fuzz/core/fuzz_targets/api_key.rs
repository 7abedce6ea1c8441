//! Any text as an API key, in every spelling of base64 and as it is: all spellings
//! are the same key, and a key is for no host but the one that it names.
#![no_main]

use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use flyte_webhook_core::api_key::ApiKey;
use libfuzzer_sys::fuzz_target;
use secrecy::ExposeSecret;
use url::Url;

static ENDPOINTS: LazyLock<[Url; 3]> = LazyLock::new(|| {
    [
        "https://flyte.example.com",
        "http://flyte.example.com:8090",
        "http://[::1]:8090",
    ]
    .map(|text| Url::parse(text).expect("a plain URL"))
});

fuzz_target!(|text: &str| {
    let plain = ApiKey::parse(text);
    assert!(plain.is_none() || text.is_ascii());
    let keys = [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .map(|encoding| ApiKey::parse(&encoding.encode(text.as_bytes())));
    let [Some(key), others @ ..] = &keys else {
        assert!(keys.iter().all(Option::is_none));
        return;
    };
    let secret = key.client_secret().expose_secret();
    for other in others {
        let other = other.as_ref().expect("a key in every spelling");
        assert_eq!(other.client_id(), key.client_id());
        assert_eq!(other.client_secret().expose_secret(), secret);
    }
    let fields: Vec<&str> = text.rsplitn(4, ':').collect();
    let &[_, own_secret, id, endpoint] = fields.as_slice() else {
        panic!("a key of {} fields", fields.len());
    };
    assert_eq!((id, own_secret), (key.client_id(), secret));
    for url in &*ENDPOINTS {
        assert!(!key.is_for(url) || names(endpoint, url), "{endpoint} {url}");
    }
});

/// Whether an endpoint's text ends in a URL's host, but for its port.
fn names(endpoint: &str, url: &Url) -> bool {
    let bare = endpoint.trim_end_matches('/').to_ascii_lowercase();
    let port = url.port_or_known_default().expect("of http");
    let bare = match bare.rsplit_once(':') {
        Some((host, digits)) if digits.parse() == Ok(port) => host,
        Some(_) | None if url.port().is_none() => &bare,
        Some((host, "")) if url.port().is_none() => host,
        Some(_) | None => return false,
    };
    let host = bare.trim_end_matches(':').rsplit(['/', '@']).next();
    match url.host() {
        Some(url::Host::Domain(name)) => host == Some(name),
        Some(url::Host::Ipv6(address)) => {
            let own = host.and_then(|it| it.strip_prefix('[')?.strip_suffix(']'));
            own.and_then(|it| it.parse().ok()) == Some(address)
        }
        Some(url::Host::Ipv4(_)) | None => false,
    }
}
