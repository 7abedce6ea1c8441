//! Any URL, any address and any exception: nothing private is connected to but by
//! an exception that holds it, and nothing on the local link at all.
//!
//! An address of IPv6 and one of IPv4, and two lines: the URL and the exception.
#![no_main]

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use flyte_webhook_core::url_guard::{AllowEntry, Refusal, UrlGuard};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

static STRICT: LazyLock<UrlGuard> = LazyLock::new(UrlGuard::default);
static OPEN: LazyLock<UrlGuard> = LazyLock::new(|| {
    let entries = ["0.0.0.0/0", "::/0"].map(|it| it.parse().expect("a network"));
    UrlGuard::new(entries.to_vec())
});

fuzz_target!(|data: &[u8]| {
    let Some((v6, rest)) = data.split_first_chunk::<16>() else {
        return;
    };
    let Some((v4, lines)) = rest.split_first_chunk::<4>() else {
        return;
    };
    let v6 = Ipv6Addr::from(*v6);
    let v4 = Ipv4Addr::from(*v4);
    address(v4.into());
    address(v6.into());
    // The same address by way of IPv6.
    let same = STRICT.address("", v4.into());
    assert_eq!(STRICT.address("", v4.to_ipv6_mapped().into()), same);
    let lines = std::str::from_utf8(lines).unwrap_or_default();
    let (url, entry) = lines.split_once('\n').unwrap_or_default();
    if let Ok(url) = Url::parse(url) {
        judged(&url);
    }
    if let Ok(entry) = entry.parse() {
        excepted(entry, &[v4.into(), v6.into()]);
    }
});

fn address(address: IpAddr) {
    let strict = STRICT.address("", address);
    let open = OPEN.address("", address);
    if is_private(address) {
        assert!(strict.is_err(), "{address}");
    }
    if is_link_local(address) {
        assert!(matches!(open, Err(Refusal::Never(_))), "{address}");
    }
    assert!(strict.is_err() || open.is_ok(), "{address}");
    assert!(!matches!(open, Err(Refusal::NotPublic(_))), "{address}");
}

/// What the standard library, too, takes for private.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_unspecified()
                || it.is_broadcast()
                || it.is_documentation()
                || it.is_multicast()
        }
        IpAddr::V6(it) => {
            it.is_loopback()
                || it.is_unspecified()
                || it.is_multicast()
                || it.is_unique_local()
                || it.is_unicast_link_local()
        }
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => it.is_link_local(),
        IpAddr::V6(it) => it.is_unicast_link_local(),
    }
}

fn judged(url: &Url) {
    let allowed = STRICT.url(url).is_ok();
    let literal = match url.host() {
        Some(Host::Ipv4(it)) => Some(IpAddr::V4(it)),
        Some(Host::Ipv6(it)) => Some(IpAddr::V6(it)),
        Some(Host::Domain(_)) | None => None,
    };
    if allowed {
        assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
        assert!(url.username().is_empty() && url.password().is_none());
        assert!(literal.is_none_or(|it| !is_private(it)), "{url}");
    }
    // What is shown is judged as what was read.
    let again = Url::parse(url.as_str()).expect("a URL");
    assert_eq!(STRICT.url(&again), STRICT.url(url));
}

fn excepted(entry: AllowEntry, addresses: &[IpAddr]) {
    let shown = entry.to_string();
    assert_eq!(shown.parse().as_ref(), Ok(&entry));
    let guard = UrlGuard::new(vec![entry.clone()]);
    for &address in addresses {
        let by_entry = guard.address("", address).is_ok() && STRICT.address("", address).is_err();
        assert!(!by_entry || holds(&entry, address), "{shown} {address}");
    }
    let private = IpAddr::from([10, 0, 0, 7]);
    if let AllowEntry::Host(name) = &entry {
        assert!(guard.address(&name.to_ascii_uppercase(), private).is_ok());
        assert!(guard.address(&format!("x{name}"), private).is_err());
    }
    if let AllowEntry::Suffix(suffix) = &entry {
        assert!(guard.address(&format!("x{suffix}"), private).is_ok());
        assert!(guard.address(&format!("x{suffix}x"), private).is_err());
    }
}

/// Bit by bit.
fn holds(entry: &AllowEntry, address: IpAddr) -> bool {
    let &AllowEntry::Network {
        address: first,
        prefix,
    } = entry
    else {
        return false;
    };
    let bits = |address| match address {
        IpAddr::V4(it) => format!("{:032b}", it.to_bits()),
        IpAddr::V6(it) => format!("{:0128b}", it.to_bits()),
    };
    let address = address.to_canonical();
    let length = usize::from(prefix);
    address.is_ipv4() == first.is_ipv4() && bits(address)[..length] == bits(first)[..length]
}
