//! Ends loops: a request that has come through this server before.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use data_encoding::HEXLOWER;

use super::chain::Request;
use crate::{
    app_client::HOPS,
    http::{ApiState, Problem},
};

/// Through how many servers such as this one a request may come.
const MOST_HOPS: usize = 4;

/// The length of a server's mark.
const MARK: usize = 32;

/// What this process marks the calls with that it makes: nobody else's mark is
/// the same, and no stranger knows it.
#[derive(Clone, Debug)]
pub struct Mark(Arc<str>);

impl Mark {
    /// The mark of these random bytes.
    pub fn from_entropy(entropy: [u8; MARK / 2]) -> Self {
        Self(HEXLOWER.encode(&entropy).into())
    }
}

/// The marks of a request, this server's own last.
#[derive(Clone, Debug)]
pub struct Hops(Vec<String>);

impl Hops {
    /// The value of the header that a call goes out with.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::try_from(self.0.join(",")).expect("marks are hexadecimal")
    }
}

impl FromRequestParts<ApiState> for Hops {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        let ApiState(api) = state;
        let Mark(own) = &api.mark;
        let marks = marks(&parts.headers).chain([&**own]);
        Ok(Self(marks.map(str::to_owned).collect()))
    }
}

/// Answers 508 to what this server sent itself, however it came back.
pub fn loop_guard(Mark(own): &Mark, request: &mut Request) -> Result<(), Problem> {
    let headers = request.headers();
    if marks(headers).any(|hop| *hop == **own) || marks(headers).count() >= MOST_HOPS {
        return Err(Problem::Loop);
    }
    Ok(())
}

/// What is no mark was not written by a server such as this one.
fn marks(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let is_mark = |text: &&str| text.len() == MARK && text.bytes().all(|b| b.is_ascii_hexdigit());
    let values = headers.get_all(HOPS).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marks_are_passed_on() {
        let mark = "0123456789abcdef0123456789ABCDEF";
        let mut headers = HeaderMap::new();
        for value in ["x", &format!("{mark}, y"), &format!("{mark}0"), "\u{e9}"] {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(HOPS, value);
        }
        assert_eq!(marks(&headers).collect::<Vec<_>>(), [mark]);
    }
}
