//! What came of a call, as gRPC says it.

use axum::response::Response;
use connectrpc::ErrorCode;
use http::{HeaderMap, StatusCode};

/// What is said of a call that came to no end: its client went away.
pub(super) const GONE: Code = Code("canceled", Some(ErrorCode::Canceled));

/// A code of gRPC in a word; `ok` is no error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code(&'static str, Option<ErrorCode>);

impl Code {
    /// The word.
    pub(super) fn as_str(self) -> &'static str {
        self.0
    }

    /// The error's word, if it is one.
    pub(super) fn error(self) -> Option<&'static str> {
        self.1.map(|_error| self.0)
    }

    /// The status that HTTP has for it.
    pub(super) fn status(self) -> StatusCode {
        self.1.map_or(StatusCode::OK, |error| error.http_status())
    }

    /// Whether it says that something is wrong here.
    pub(super) fn is_ours(self) -> bool {
        use ErrorCode::{DataLoss, Internal, Unknown};

        matches!(self.1, Some(Internal | Unknown | DataLoss))
    }

    fn of_error(error: ErrorCode) -> Self {
        Self(error.as_str(), Some(error))
    }

    /// What trailers say, which headers may be.
    pub(super) fn of_trailers(trailers: &HeaderMap) -> Option<Self> {
        let status = trailers.get("grpc-status")?;
        let number: Option<u32> = status.to_str().ok().and_then(|text| text.parse().ok());
        Some(match number {
            Some(0) => Self("ok", None),
            Some(number) => Self::of_number(number),
            None => Self::of_error(ErrorCode::Unknown),
        })
    }

    /// What the head of an answer says. Where gRPC says it at the end, success so far.
    pub(super) fn of_head(response: &Response) -> Self {
        let said = Self::of_trailers(response.headers());
        said.unwrap_or_else(|| match response.status() {
            StatusCode::OK => Self("ok", None),
            // Not in gRPC, but in Connect, which has a status for each.
            status => (1..=16)
                .filter_map(ErrorCode::from_grpc_code)
                .find(|error| error.http_status() == status)
                .map_or(Self::of_error(ErrorCode::Unknown), Self::of_error),
        })
    }

    fn of_number(number: u32) -> Self {
        let error = ErrorCode::from_grpc_code(number);
        Self::of_error(error.unwrap_or(ErrorCode::Unknown))
    }
}
