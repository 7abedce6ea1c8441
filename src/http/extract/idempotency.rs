//! The headers `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07)
//! and `Idempotency-Retry`, with the digest of the request they came with.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use flyte_webhook_core::idempotency::{Digest, Key};
use http::{HeaderMap, HeaderName, request::Parts};
use url::form_urlencoded;
use utoipa::IntoParams;

use super::body;
use crate::http::{ApiState, Problem, Violation};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const RETRY: HeaderName = HeaderName::from_static("idempotency-retry");

/// The only value of `Idempotency-Retry`.
const FAILED: &str = "failed";

/// The parameter that changes only how long an answer takes.
const WAIT: &str = "wait";

/// What makes a request the repetition of another.
pub struct Idempotency {
    /// The caller's name for it.
    pub key: Key,
    /// Whether a run that ended without success is to be started anew.
    pub retries_failed: bool,
    /// What tells it from other requests under that key.
    pub digest: Digest,
}

/// A request that may be the repetition of another, and what else is taken from it.
pub struct Idempotent<T>(pub Option<Idempotency>, pub T);

impl<T> FromRequest<ApiState> for Idempotent<T>
where
    T: FromRequest<ApiState, Rejection = Problem>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Problem> {
        let Some((key, retries_failed)) = headers(request.headers())? else {
            return T::from_request(request, state)
                .await
                .map(|it| Self(None, it));
        };
        let (parts, body) = request.into_parts();
        let body = body::read(&parts.headers, body, &state.0, state.0.max_body_bytes)
            .await?
            .bytes;
        let idempotency = Idempotency {
            key,
            retries_failed,
            digest: digest(&parts, &body),
        };
        let request = Request::from_parts(parts, Body::from(body));
        let taken = T::from_request(request, state).await?;
        Ok(Self(Some(idempotency), taken))
    }
}

/// The headers, for the documentation.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents what the extractor reads")]
pub struct IdempotencyHeaders {
    /// A name for this request: whoever sends it again under the same name gets
    /// the same run, and no other is started. It counts for one caller, one
    /// endpoint and one task.
    #[param(rename = "Idempotency-Key", value_type = Option<String>, nullable = false, min_length = 1, max_length = 255, example = "8e03978e-40d5-43dd-bc93-6894a57f9324")]
    key: (),
    /// Start a run anew that ended without success.
    #[param(rename = "Idempotency-Retry", value_type = Option<String>, nullable = false, pattern = "^failed$", example = "failed")]
    retry: (),
}

fn headers(headers: &HeaderMap) -> Result<Option<(Key, bool)>, Problem> {
    let key = one(headers, &KEY)?;
    let retry = one(headers, &RETRY)?;
    let retries_failed = match retry {
        None => false,
        Some(FAILED) => true,
        Some(_) => return Err(unfit(&RETRY, "knows no other value than `failed`")),
    };
    let Some(key) = key else {
        return match retry {
            None => Ok(None),
            Some(_) => Err(unfit(
                &RETRY,
                "needs the Idempotency-Key of the request that failed",
            )),
        };
    };
    let key = Key::parse(key).map_err(|error| unfit(&KEY, &error.to_string()))?;
    Ok(Some((key, retries_failed)))
}

/// The value of a header that must not be repeated.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    match (first.map(|value| value.to_str()), second) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        (Some(Err(_)), None) => Err(unfit(name, "holds other characters than visible ASCII")),
        (Some(_), Some(_)) => Err(unfit(name, "is there more than once")),
    }
}

fn unfit(header: &HeaderName, reason: &str) -> Problem {
    Problem::Invalid(vec![Violation::header_not_fit(header.as_str(), reason)])
}

/// Parameters and body, but for what only says how the answer is waited for.
fn digest(parts: &Parts, body: &Bytes) -> Digest {
    let query = parts.uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != WAIT);
    let mut pairs: Vec<_> = pairs.collect();
    // Their order means nothing, but among those of one name.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let query = pairs.iter().flat_map(|(name, value)| [name, value]);
    let kind: &[u8] = if body::is_json(&parts.headers) {
        b"json"
    } else {
        b"other"
    };
    Digest::of(
        query
            .map(|text| text.as_bytes())
            .chain([kind, body.as_ref()]),
    )
}
