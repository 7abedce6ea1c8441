//! The first line of a request.

use http::Uri;

use super::{Refusal, line::is_token};

/// What of the first line the rest is judged by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RequestLine {
    /// Whether it is HTTP/1.1, or 1.0.
    pub(super) is_1_1: bool,
    /// The authority of a target that is a whole URL.
    pub(super) authority: Option<Box<[u8]>>,
}

impl RequestLine {
    pub(super) fn parse(line: &[u8], longest_target: usize) -> Result<Self, Refusal> {
        let mut words = line.split(|byte| *byte == b' ');
        let (Some(method), Some(target), version, None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Refusal::RequestLine);
        };
        if method.is_empty() || !method.iter().copied().all(is_token) {
            return Err(Refusal::RequestLine);
        }
        let is_1_1 = is_1_1(version.ok_or(Refusal::RequestLine)?)?;
        if target.len() > longest_target {
            return Err(Refusal::TargetTooLong);
        }
        if method == b"CONNECT" {
            return Err(Refusal::Connect);
        }
        let authority = authority(method, target)?;
        Ok(Self { is_1_1, authority })
    }
}

fn is_1_1(version: &[u8]) -> Result<bool, Refusal> {
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal::Version)
        }
        _ => Err(Refusal::RequestLine),
    }
}

/// Only a path, a URL, or the asterisk of OPTIONS; a fragment is for browsers.
fn authority(method: &[u8], target: &[u8]) -> Result<Option<Box<[u8]>>, Refusal> {
    let is_plain = |byte: &u8| matches!(byte, b'!'..=b'~') && *byte != b'#';
    // What hyper would refuse later, and not in our words.
    if !target.iter().all(is_plain) || Uri::try_from(target).is_err() {
        return Err(Refusal::Target);
    }
    match target {
        [b'/', ..] => Ok(None),
        b"*" if method == b"OPTIONS" => Ok(None),
        url => absolute(url).map(Some),
    }
}

fn absolute(url: &[u8]) -> Result<Box<[u8]>, Refusal> {
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let rest = schemes.iter().find_map(|scheme| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let rest = rest.ok_or(Refusal::Target)?;
    let authority = rest.split(|byte| matches!(byte, b'/' | b'?')).next();
    match authority {
        Some(authority) if !authority.is_empty() => Ok(authority.into()),
        Some(_) | None => Err(Refusal::Target),
    }
}
