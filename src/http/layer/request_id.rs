//! Gives each request an id: the caller's own where it fits, else a new one.

use axum::response::Response;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderValue};

use super::chain::{Next, Request};
use crate::control_plane::REQUEST_ID;

/// The longest id that is taken over from a caller, in bytes.
const LONGEST: usize = 128;

/// The id of a request, as a request extension.
#[derive(Clone, Debug)]
pub struct RequestId(pub HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Puts the id into the request's extensions and into the answer.
pub async fn request_id(mut request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(random);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// Only what can neither break a log line nor an upstream header.
fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(plain);
    fits.then(|| id.clone())
}

fn random() -> HeaderValue {
    let id = HEXLOWER.encode(&rand::random::<[u8; 16]>());
    HeaderValue::try_from(id).expect("hexadecimal digits are a header value")
}
