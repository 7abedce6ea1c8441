//! The answers to what is no clean HTTP/1.

use super::{Answer, own};
use crate::http::serve::Refusal;

pub(super) fn answer(refusal: Refusal) -> Answer<'static> {
    let (status, code, detail) = match refusal {
        Refusal::LineEnd => bad("A line of the request does not end in CR LF"),
        Refusal::RequestLine => {
            bad("The request line is not a method, a target and a version with one space between")
        }
        Refusal::Version => (
            505,
            "http_version",
            "Only HTTP/1.1 and HTTP/1.0 are spoken here; HTTP/2 where server.h2c is on",
        ),
        Refusal::Connect => bad("CONNECT is for proxies, which this server is not"),
        Refusal::Target => {
            bad("The request's target is neither a path nor a URL of the host that Host names")
        }
        Refusal::TargetTooLong => (
            414,
            "uri_too_long",
            "The request's target is longer than limits.max_uri_bytes",
        ),
        Refusal::Header => bad("A header line is not a name, a colon and a value"),
        Refusal::Folded => bad("A header goes on in the next line, which is obsolete"),
        Refusal::TooManyHeaders => (
            431,
            "too_many_headers",
            "The request has more header lines than limits.max_headers",
        ),
        Refusal::HeadTooLarge => (
            431,
            "head_too_large",
            "Request line and headers have more bytes than limits.max_head_bytes",
        ),
        Refusal::Host => bad("The request needs exactly one Host header that names a host"),
        Refusal::Length => bad("Content-Length is not one number"),
        Refusal::Encoding => {
            bad("The only Transfer-Encoding that is understood is chunked, once and in HTTP/1.1")
        }
        Refusal::TwoLengths => {
            bad("Content-Length and Transfer-Encoding together are ambiguous; send one")
        }
        Refusal::Chunk => bad("A chunk of the body is not well-formed"),
        Refusal::Slow => (
            408,
            "head_timeout",
            "The head of the request did not arrive within server.head_timeout",
        ),
    };
    own(status, code, detail)
}

fn bad(detail: &'static str) -> (u16, &'static str, &'static str) {
    (400, "malformed_request", detail)
}
