//! Any URL that might be this server's own: it is known in every spelling, and
//! nothing but it.
#![no_main]

use std::{net::IpAddr, sync::LazyLock};

use flyte_webhook_core::{
    id::{Domain, Project, Scope},
    own::Own,
};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

static OWN: LazyLock<Own> = LazyLock::new(|| {
    let scope = Scope {
        org: None,
        project: Project::parse("p").expect("a name"),
        domain: Domain::parse("d").expect("a name"),
    };
    Own::new("hook", &scope)
        .with_service("svc")
        .with_url(&Url::parse("https://a.com").expect("a URL"))
        .with_url(&Url::parse("http://10.1.2.3:9000/x").expect("a URL"))
        .with_listener(([127, 0, 0, 1], 8080).into())
});

fuzz_target!(|text: &str| {
    let mut url = match Url::parse(text) {
        // No other scheme is ever called.
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) | Err(_) => return,
    };
    let is_own = OWN.answers_at(&url);
    assert_eq!(is_own, expected(&url), "{url}");
    // Where on the server does not matter.
    url.set_query(Some("q"));
    url.set_fragment(None);
    assert_eq!(OWN.answers_at(&url), is_own);
    if let Some(Host::Domain(name)) = url.host() {
        let dotted = format!("{}.", name.trim_end_matches('.'));
        if url.set_host(Some(&dotted)).is_ok() {
            assert_eq!(OWN.answers_at(&url), is_own, "{url}");
        }
    }
});

fn expected(url: &Url) -> bool {
    let port = url.port_or_known_default();
    let is_web = matches!(port, Some(80 | 443) | None);
    match url.host() {
        None => false,
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let first = name.split('.').next();
            let is_local = name == "localhost" || name.ends_with(".localhost");
            (name == "a.com" && is_web)
                || matches!(first, Some("hook-p-d" | "svc"))
                || (is_local && port == Some(8080))
        }
        Some(Host::Ipv4(it)) => of_address(it.into(), port),
        Some(Host::Ipv6(it)) => of_address(it.to_canonical(), port),
    }
}

fn of_address(address: IpAddr, port: Option<u16>) -> bool {
    let is_here = address == IpAddr::from([127, 0, 0, 1]) || address.is_unspecified();
    let is_listed = address == IpAddr::from([10, 1, 2, 3]) && port == Some(9000);
    is_here && port == Some(8080) || is_listed
}
