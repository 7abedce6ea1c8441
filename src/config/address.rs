//! Addresses as people write them, checked where the URL parser is generous.

use url::{Host, Url};

/// Why a text is not an address. Never quotes it: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("is empty; write host:port or a URL such as https://flyte.example.com")]
    Empty,
    #[error("has a space, a control character or a backslash; remove it")]
    Character,
    #[error(
        "has a scheme that is not spoken here; write http://, https:// or, for gRPC names, dns:///"
    )]
    Scheme,
    #[error("has a user or a password in it; remove everything up to the @")]
    UserInfo,
    #[error("has a query or a fragment; remove what follows the ? or #")]
    Query,
    #[error("has a path; write the scheme, host and port alone")]
    Path,
    #[error(
        "has no usable host or port; write host:port or a URL such as https://flyte.example.com"
    )]
    Host,
    #[error(
        "writes its host unusually; write a plain IP address or a name in ASCII letters (punycode for others)"
    )]
    UnusualHost,
}

/// Parses the address of a control plane: an origin, with `dns:///` or without
/// a scheme, which `insecure` then chooses.
pub(super) fn origin(text: &str, insecure: bool) -> Result<Url, Error> {
    let rest = text.strip_prefix("dns:///").unwrap_or(text);
    if rest.is_empty() {
        return Err(Error::Empty);
    }
    let url = if rest.contains("://") {
        web(rest)?
    } else {
        let scheme = if insecure { "http" } else { "https" };
        web(&format!("{scheme}://{rest}"))?
    };
    match url.path() {
        "/" => Ok(url),
        _ => Err(Error::Path),
    }
}

/// Parses an http or https URL that has no userinfo, query or fragment.
pub(super) fn web(text: &str) -> Result<Url, Error> {
    let foreign = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.contains(foreign) {
        return Err(Error::Character);
    }
    let (scheme, rest) = text.split_once("://").ok_or(Error::Scheme)?;
    if scheme != "http" && scheme != "https" {
        return Err(Error::Scheme);
    }
    if rest.contains(['?', '#']) {
        return Err(Error::Query);
    }
    let authority = rest
        .split('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if authority.contains('@') {
        return Err(Error::UserInfo);
    }
    let url = Url::parse(text).map_err(|_unparsable| Error::Host)?;
    check_host(&url, &authority)?;
    Ok(url)
}

/// The parser rewrites `0x7f.1`, `127.1` or full-width digits into another host
/// than the one a person reads, so only what stays as written is taken.
fn check_host(url: &Url, authority: &str) -> Result<(), Error> {
    let host = url.host_str().ok_or(Error::Host)?;
    let (written, port) = match authority.strip_prefix(host) {
        Some(rest) => (host, rest),
        None => return Err(unusual(url, authority)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
        None => port.is_empty(),
    };
    if !port || written.starts_with('.') || written.contains("..") {
        return Err(Error::Host);
    }
    Ok(())
}

fn unusual(url: &Url, authority: &str) -> Error {
    match url.host() {
        Some(Host::Domain("")) | None => Error::Host,
        Some(_) if authority.is_empty() => Error::Host,
        Some(_) => Error::UnusualHost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_control_plane_is_read() {
        for (text, insecure, url) in [
            ("dns:///cp:8090", false, "https://cp:8090/"),
            ("dns:///cp:8090", true, "http://cp:8090/"),
            ("cp.example.com:8090", false, "https://cp.example.com:8090/"),
            ("cp.example.com", false, "https://cp.example.com/"),
            ("127.0.0.1:8090", true, "http://127.0.0.1:8090/"),
            ("[::1]:8090", true, "http://[::1]:8090/"),
            ("http://cp:80", false, "http://cp/"),
            ("https://CP/", true, "https://cp/"),
        ] {
            let read = origin(text, insecure).map(String::from);
            assert_eq!(read.as_deref(), Ok(url), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for (text, error) in [
            ("", Error::Empty),
            ("dns:///", Error::Empty),
            ("dns://8.8.8.8/cp", Error::Scheme),
            ("ftp://cp", Error::Scheme),
            ("grpc://cp", Error::Scheme),
            ("HTTP://cp", Error::Scheme),
            ("http://user@cp", Error::UserInfo),
            ("user:password@cp:443", Error::UserInfo),
            ("https://@cp", Error::UserInfo),
            ("https://cp/v2", Error::Path),
            ("https://cp//", Error::Path),
            ("cp/v2", Error::Path),
            ("https://cp?x=1", Error::Query),
            ("https://cp/#x", Error::Query),
            ("https://", Error::Host),
            (":8090", Error::Host),
            ("cp:", Error::Host),
            ("cp:0", Error::Host),
            ("cp:65536", Error::Host),
            ("cp:http", Error::Host),
            ("::1", Error::Host),
            ("a..b", Error::Host),
            ("127.1:80", Error::UnusualHost),
            ("0x7f000001", Error::UnusualHost),
            ("münchen.example", Error::UnusualHost),
            ("c p", Error::Character),
            ("cp\n", Error::Character),
            ("http:\\\\cp", Error::Character),
        ] {
            assert_eq!(origin(text, false), Err(error), "{text:?}");
        }
    }
}
