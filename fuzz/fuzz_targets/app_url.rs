//! Any path of a caller below an endpoint: scheme, host and port stay, and the
//! path stays below the endpoint's.
#![no_main]

use flyte_webhook_core::app_url::{AppEndpoint, CallPath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (path, query) = input;
    let Ok(path) = CallPath::parse(path) else {
        return;
    };
    for endpoint in ["http://host:81", "https://host/base", "http://[::1]:8080/a/b/"] {
        let endpoint = AppEndpoint::parse(endpoint).expect("a plain endpoint");
        // Refused as leading elsewhere would be the builder's own mistake.
        let url = endpoint.below(&path, query).expect("a path that was judged");
        assert_eq!(url.origin(), endpoint.url().origin());
        let base = endpoint.url().path().trim_end_matches('/');
        assert!(url.path().starts_with(&format!("{base}/")), "{url}");
        assert!(url.path().split('/').all(|segment| segment != ".."), "{url}");
    }
});
