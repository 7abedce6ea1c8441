//! Entries of `egress.allow`: the exceptions from the rule that only public
//! addresses are connected to.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// An address or a family of addresses that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowEntry {
    /// One host by name.
    Host(String),
    /// Every host whose name ends so; begins with a dot.
    Suffix(String),
    /// Every address of a network; one address is a network of its own.
    Network {
        /// The first address.
        address: IpAddr,
        /// How many leading bits all addresses share.
        prefix: u8,
    },
}

/// Why a text is not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing an entry could be.
    #[error(
        "is no host, suffix or network; write entries such as app.internal, .internal, 10.1.2.3 or 10.0.0.0/8"
    )]
    Form,
    /// A network with bits set beyond its prefix, which may be meant smaller.
    #[error(
        "has bits set after its prefix; write the network's first address, or /32 or /128 for one address"
    )]
    HostBits,
    /// A prefix longer than the address.
    #[error("has a prefix longer than its address; write at most /32 for IPv4 and /128 for IPv6")]
    Prefix,
}

impl FromStr for AllowEntry {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(address) = text.parse() {
            let prefix = bits(address);
            return Ok(Self::Network { address, prefix });
        }
        if let Some((address, prefix)) = text.split_once('/') {
            return network(address, prefix);
        }
        match text.strip_prefix('.') {
            Some(domain) if is_host(domain) => Ok(Self::Suffix(text.to_owned())),
            None if is_host(text) => Ok(Self::Host(text.to_owned())),
            _ => Err(Error::Form),
        }
    }
}

fn network(address: &str, prefix: &str) -> Result<AllowEntry, Error> {
    let address: IpAddr = address.parse().map_err(|_not_an_address| Error::Form)?;
    if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_digit()) {
        return Err(Error::Form);
    }
    let prefix = prefix.parse().map_err(|_too_large| Error::Prefix)?;
    if prefix > bits(address) {
        return Err(Error::Prefix);
    }
    if has_host_bits(address, prefix) {
        return Err(Error::HostBits);
    }
    Ok(AllowEntry::Network { address, prefix })
}

const fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn has_host_bits(address: IpAddr, prefix: u8) -> bool {
    let zeros = match address {
        IpAddr::V4(address) => address.to_bits().trailing_zeros(),
        IpAddr::V6(address) => address.to_bits().trailing_zeros(),
    };
    zeros < u32::from(bits(address) - prefix)
}

/// Whether this is a lower-case host name. One that ends in a number is a
/// misspelt IP address, which would match nothing.
fn is_host(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let label = |it: &str| {
        (1..=63).contains(&it.len())
            && it.chars().all(letter)
            && !it.starts_with('-')
            && !it.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(label) && !last.chars().all(|c| c.is_ascii_digit())
}

impl fmt::Display for AllowEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) | Self::Suffix(name) => f.write_str(name),
            Self::Network { address, prefix } => write!(f, "{address}/{prefix}"),
        }
    }
}

impl<'de> Deserialize<'de> for AllowEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Error> {
        text.parse::<AllowEntry>().map(|entry| entry.to_string())
    }

    #[test]
    fn hosts_suffixes_and_networks_are_read() {
        for (text, entry) in [
            ("app.internal", "app.internal"),
            ("localhost", "localhost"),
            (".svc.cluster.local", ".svc.cluster.local"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(entry), "{text}");
        }
    }

    #[test]
    fn an_entry_that_means_something_else_than_it_seems_is_refused() {
        for text in [
            "",
            ".",
            "..",
            "*",
            "*.internal",
            "a..b",
            "App.internal",
            "http://a",
            "a:80",
            "[::1]",
            "a b",
            "-a",
            "a-",
            "10.0.0",
            "256.0.0.1",
            "1",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "a/8",
            "10/8",
        ] {
            assert_eq!(read(text), Err(Error::Form), "{text:?}");
        }
        assert_eq!(read("10.0.0.1/8"), Err(Error::HostBits));
        assert_eq!(read("fd00::1/8"), Err(Error::HostBits));
        assert_eq!(read("10.0.0.0/33"), Err(Error::Prefix));
        assert_eq!(read("10.0.0.0/999"), Err(Error::Prefix));
        assert_eq!(read("::/129"), Err(Error::Prefix));
    }
}
