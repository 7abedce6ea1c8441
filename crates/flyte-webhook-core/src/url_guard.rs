//! Which URLs that came as data may be connected to.
//!
//! A URL's host is judged as a name and, at each connection, as the address it
//! resolved to. Metadata and link-local addresses are denied whatever the
//! configuration says; other addresses that are not public need an entry.

mod address;
mod allow;

use std::net::IpAddr;

use url::{Host, Url};

use address::Reach;
pub use allow::{AllowEntry, Error as EntryError};

/// Why a URL is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither http nor https.
    #[error("its scheme is neither http nor https")]
    Scheme,
    /// A user name or password before the host.
    #[error("it has user information")]
    UserInfo,
    /// No host at all.
    #[error("it has no host")]
    NoHost,
    /// An address of a metadata service or of the local link.
    #[error("{0} is a link-local or metadata address, which is never allowed")]
    Never(IpAddr),
    /// An address that is not public and not allowed.
    #[error("{0} is not a public address; allow it with egress.allow")]
    NotPublic(IpAddr),
}

/// The policy for URLs that came as data.
#[derive(Debug, Clone, Default)]
pub struct UrlGuard {
    allow: Vec<AllowEntry>,
}

impl UrlGuard {
    /// A policy with these exceptions.
    pub fn new(allow: Vec<AllowEntry>) -> Self {
        Self { allow }
    }

    /// Judges a URL as far as its text goes; a host name is judged again, by
    /// [`address`](Self::address), when it has been resolved.
    pub fn url(&self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        match url.host().ok_or(Refusal::NoHost)? {
            Host::Domain(_) => Ok(()),
            Host::Ipv4(address) => self.address("", address.into()),
            Host::Ipv6(address) => self.address("", address.into()),
        }
    }

    /// Judges an address that a host name resolved to, right before it is
    /// connected to.
    pub fn address(&self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        let address = unmapped(address);
        match address::reach(address) {
            Reach::Public => Ok(()),
            Reach::Never => Err(Refusal::Never(address)),
            Reach::Private if self.names_host(host) || self.contains(address) => Ok(()),
            Reach::Private => Err(Refusal::NotPublic(address)),
        }
    }

    /// Whether the configuration names the URL's host, be it as an address.
    pub fn names(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Domain(name)) => self.names_host(name),
            Some(Host::Ipv4(address)) => self.contains(address.into()),
            Some(Host::Ipv6(address)) => self.contains(unmapped(address.into())),
            None => false,
        }
    }

    fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.allow.iter().any(|entry| match entry {
            AllowEntry::Host(allowed) => *allowed == host,
            AllowEntry::Suffix(suffix) => host.ends_with(suffix),
            AllowEntry::Network { .. } => false,
        })
    }

    /// Whether an address is in one of the networks that are listed.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.contains(unmapped(address))
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|entry| match entry {
            AllowEntry::Network {
                address: first,
                prefix,
            } => address::in_network(address, *first, *prefix),
            AllowEntry::Host(_) | AllowEntry::Suffix(_) => false,
        })
    }
}

/// The IPv4 address inside an IPv4-mapped one.
fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(guard: &UrlGuard, url: &str) -> Result<(), Refusal> {
        guard.url(&Url::parse(url).unwrap())
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_in_every_spelling() {
        let guard = UrlGuard::default();
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fc00::1]",
            "[2001:db8::1]",
            "[ff02::1]",
            "192.0.2.1",
            "198.18.0.1",
            "240.0.0.1",
            "[fec0::1]",
            "[5f00::1]",
            "[100:0:0:1::1]",
        ] {
            let judged = judge(&guard, &format!("http://{host}/"));
            assert!(
                matches!(judged, Err(Refusal::NotPublic(_))),
                "{host}: {judged:?}"
            );
        }
        assert_eq!(judge(&guard, "https://93.184.216.34/"), Ok(()));
        assert_eq!(judge(&guard, "https://[2606:4700::1111]/"), Ok(()));
    }

    #[test]
    fn metadata_addresses_are_refused_even_when_listed() {
        let guard = UrlGuard::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]);
        for host in [
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::]",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "[fd00:ec2::23]",
            "[fd20:ce::254]",
        ] {
            let judged = judge(&guard, &format!("http://{host}/"));
            assert!(
                matches!(judged, Err(Refusal::Never(_))),
                "{host}: {judged:?}"
            );
        }
        assert_eq!(judge(&guard, "http://127.0.0.1/"), Ok(()));
    }

    #[test]
    fn other_schemes_and_user_information_are_refused() {
        let guard = UrlGuard::default();
        assert_eq!(judge(&guard, "file:///etc/passwd"), Err(Refusal::Scheme));
        assert_eq!(judge(&guard, "ftp://example.com/"), Err(Refusal::Scheme));
        assert_eq!(
            judge(&guard, "http://user@example.com/"),
            Err(Refusal::UserInfo)
        );
        assert_eq!(
            judge(&guard, "http://:secret@example.com/"),
            Err(Refusal::UserInfo)
        );
    }

    #[test]
    fn a_listed_name_may_resolve_to_a_private_address() {
        let guard = UrlGuard::new(vec![
            ".svc.cluster.local".parse().unwrap(),
            "hook".parse().unwrap(),
        ]);
        let private = "10.0.0.7".parse().unwrap();
        assert_eq!(guard.address("app.ns.svc.cluster.local", private), Ok(()));
        assert_eq!(guard.address("HOOK.", private), Ok(()));
        assert!(
            guard
                .address("svc.cluster.local.evil.com", private)
                .is_err()
        );
        assert!(
            guard
                .address("hook", "169.254.169.254".parse().unwrap())
                .is_err()
        );
    }
}
