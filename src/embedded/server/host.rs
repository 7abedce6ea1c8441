//! Which `Host` a request may name.
//!
//! Whoever reaches this port starts processes. A page in a browser must not:
//! it cannot send our content types to another origin, but it can have its own
//! name resolve to this machine. So only addresses and local names are served.

use std::net::IpAddr;

use axum::body::Body;
use http::{Request, StatusCode, header};

/// Names that lead to this machine and that no outsider can own.
const LOCAL: [&str; 2] = ["localhost", "host.docker.internal"];

/// Refuses a request under a foreign name.
pub(super) fn check(request: &Request<Body>) -> Result<(), (StatusCode, &'static str)> {
    let header = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let authority = request
        .uri()
        .authority()
        .map(http::uri::Authority::as_str)
        .or(header);
    match authority {
        Some(authority) if !is_local(authority) => Err((
            StatusCode::MISDIRECTED_REQUEST,
            "the embedded control plane answers to `localhost` and to IP addresses only\n",
        )),
        _ => Ok(()),
    }
}

fn is_local(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok()
        || LOCAL.iter().any(|local| name.eq_ignore_ascii_case(local))
        || name.to_ascii_lowercase().ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_local_names_are_served() {
        for name in [
            "127.0.0.1:8090",
            "[::1]:8090",
            "localhost",
            "LOCALHOST:1",
            "a.localhost:2",
        ] {
            assert!(is_local(name), "{name}");
        }
    }

    #[test]
    fn names_of_others_are_not() {
        for name in [
            "evil.example:8090",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "",
            "evillocalhost",
        ] {
            assert!(!is_local(name), "{name}");
        }
    }
}
