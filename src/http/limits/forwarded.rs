//! From which address a request comes, where proxies stand in front.

use std::net::{IpAddr, SocketAddr};

use flyte_webhook_core::url_guard::UrlGuard;
use http::{HeaderMap, HeaderName, header::FORWARDED};

use crate::config::{ForwardedHeader, Server};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that are believed about whom they forward for.
pub struct Proxies {
    trusted: UrlGuard,
    header: ForwardedHeader,
}

impl Proxies {
    /// Those of the configuration.
    pub fn new(server: &Server) -> Self {
        Self {
            trusted: UrlGuard::new(server.trusted_proxies.clone()),
            header: server.forwarded_header,
        }
    }

    /// The nearest address that is no trusted proxy's. What stands before it in
    /// the header was written by that address, and is anybody's word.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        let mut hops = self.hops(headers);
        while self.trusted.holds(nearest) {
            match hops.pop() {
                Some(Some(hop)) => nearest = hop.to_canonical(),
                // No address, or one that the proxy keeps to itself.
                Some(None) | None => break,
            }
        }
        nearest
    }

    /// The addresses in the header, the nearest last.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardedHeader::XForwardedFor => (X_FORWARDED_FOR, address),
            ForwardedHeader::Forwarded => (FORWARDED, forwarded_for),
        };
        let values = headers.get_all(name).into_iter();
        values
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .map(|hop| read(hop.trim()))
            .collect()
    }
}

/// The `for` of one element of RFC 7239. An address in quotes may hold no comma,
/// so that elements are cut apart at any.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address, with or without a port, of IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, lines: &[(&str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        let proxies = Proxies {
            trusted: UrlGuard::new(trusted.map(|it| it.parse().unwrap()).to_vec()),
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_wrote_counts() {
        let x = |peer, value| {
            let lines = [("x-forwarded-for", value), ("forwarded", "for=6.6.6.6")];
            client(ForwardedHeader::XForwardedFor, peer, &lines)
        };
        for (peer, value, expected) in [
            ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            (
                "10.0.0.1",
                "6.6.6.6, 198.51.100.1, 10.9.9.9",
                "198.51.100.1",
            ),
            ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
            ("10.0.0.1", "6.6.6.6, unknown", "10.0.0.1"),
            ("10.0.0.1", "6.6.6.6,", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            ("fd00::1", "2001:db8::1", "2001:db8::1"),
            ("fd00::1", "[2001:db8::1]:80", "2001:db8::1"),
            ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ] {
            assert_eq!(x(peer, value), expected, "{peer} {value}");
        }
    }

    #[test]
    fn the_standards_header_is_read_where_the_configuration_names_it() {
        let lines = |value| [("x-forwarded-for", "6.6.6.6"), ("forwarded", value)];
        for (value, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("proto=https; For=\"198.51.100.1:80\";by=x", "198.51.100.1"),
            ("for=6.6.6.6, for=\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("for=198.51.100.1, for=10.2.2.2", "198.51.100.1"),
            ("for=6.6.6.6, for=_hidden", "10.0.0.1"),
            ("for=6.6.6.6, proto=http", "10.0.0.1"),
        ] {
            let client = client(ForwardedHeader::Forwarded, "10.0.0.1", &lines(value));
            assert_eq!(client, expected, "{value}");
        }
    }
}
