//! The header `tracestate`.

use http::{HeaderMap, HeaderValue};

use super::TRACESTATE;

/// How long it may be in all, in bytes, and how many members it may have: what
/// the standard says everyone must be able to pass on.
const LONGEST: usize = 512;
const MOST: usize = 32;

/// The headers as one, if every member is as the standard has it; all of them
/// are dropped otherwise.
pub(super) fn read(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut members = Vec::new();
    for value in headers.get_all(TRACESTATE) {
        let value = value.to_str().ok().filter(|text| text.len() <= LONGEST)?;
        let written = value
            .split(',')
            .map(|member| member.trim_matches([' ', '\t']));
        members.extend(written.filter(|member| !member.is_empty()));
    }
    let is_good = !members.is_empty() && members.len() <= MOST && members.iter().all(is_member);
    let text = is_good.then(|| members.join(","))?;
    (text.len() <= LONGEST)
        .then(|| HeaderValue::try_from(text).ok())
        .flatten()
}

fn is_member(member: &&str) -> bool {
    member
        .split_once('=')
        .is_some_and(|(key, value)| is_key(key) && is_value(value))
}

fn is_key(key: &str) -> bool {
    let is_first = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_next = |b: u8| is_first(b) || b"_-*/@".contains(&b);
    let mut bytes = key.bytes();
    key.len() <= 256 && bytes.next().is_some_and(is_first) && bytes.all(is_next)
}

fn is_value(value: &str) -> bool {
    let is_plain = |b: u8| (b' '..=b'~').contains(&b) && b != b'=' && b != b',';
    (1..=256).contains(&value.len()) && value.bytes().all(is_plain)
}
