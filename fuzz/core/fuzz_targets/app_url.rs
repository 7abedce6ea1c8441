//! Any path of a caller below an endpoint: scheme, host and port stay, and the
//! path stays below the endpoint's.
#![no_main]

use std::sync::LazyLock;

use flyte_webhook_core::app_url::AppEndpoint;
use libfuzzer_sys::fuzz_target;
use url::Url;

static ENDPOINTS: LazyLock<[AppEndpoint; 3]> = LazyLock::new(|| {
    [
        "http://host:81",
        "https://host/base",
        "http://[::1]:8080/a/b/",
    ]
    .map(|text| AppEndpoint::parse(text).expect("a plain endpoint"))
});

fuzz_target!(|input: (&str, &str)| {
    let (path, query) = input;
    for endpoint in &*ENDPOINTS {
        let Some(url) = below(endpoint, path, query) else {
            return;
        };
        assert_eq!(url.origin(), endpoint.url().origin());
        let base = endpoint.url().path().trim_end_matches('/');
        assert!(url.path().starts_with(&format!("{base}/")), "{url}");
        assert!(
            url.path().split('/').all(|segment| segment != ".."),
            "{url}"
        );
    }
});

/// The address, `None` where the path is refused.
#[cfg(not(feature = "naive"))]
fn below(endpoint: &AppEndpoint, path: &str, query: &str) -> Option<Url> {
    let path = flyte_webhook_core::app_url::CallPath::parse(path).ok()?;
    // Refused as leading elsewhere would be the builder's own mistake.
    Some(
        endpoint
            .below(&path, query)
            .expect("a path that was judged"),
    )
}

#[cfg(feature = "naive")]
fn below(endpoint: &AppEndpoint, path: &str, _: &str) -> Option<Url> {
    Url::parse(&format!("{}{path}", endpoint.url())).ok()
}
