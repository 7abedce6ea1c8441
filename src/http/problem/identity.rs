//! The answers to callers that are not let in.

use super::{Answer, RETRY_AFTER_OUTAGE, Source, own, upstream};
use crate::{
    auth::{Error, TokenError},
    control_plane::ExchangeError,
};

/// What was asked, as a sentence's subject.
const EXCHANGE: &str = "Exchanging the API key";

pub(super) fn answer(error: &Error) -> Answer<'static> {
    match error {
        Error::Token(TokenError::Invalid) => own(
            401,
            "invalid_token",
            "The bearer token is not valid here, or no longer",
        ),
        Error::Token(TokenError::NoKeys) => Answer {
            retryable: true,
            retry_after: Some(RETRY_AFTER_OUTAGE),
            ..own(
                503,
                "no_keys",
                "The keys of auth.jwt.jwks_url cannot be fetched; try again later",
            )
        },
        Error::Unknown => own(
            401,
            "unknown_credentials",
            "Only API keys and tokens that this server knows are let in; see auth.passthrough",
        ),
        Error::OtherEndpoint => own(
            401,
            "other_endpoint",
            "The API key is for another Flyte endpoint; send one for this control plane",
        ),
        Error::Exchange(ExchangeError::Refused) => own(
            401,
            "invalid_api_key",
            "The API key is not valid, or no longer",
        ),
        Error::Exchange(source) => failed(source),
        Error::ServiceCredential { id, source } => service_credential(id, source),
    }
}

fn service_credential(id: &str, source: &ExchangeError) -> Answer<'static> {
    if !source.is_refusal() {
        return failed(source);
    }
    let detail =
        format!("The service credential of key {id} is not valid; see auth.service_credentials");
    own(502, "service_credential_refused", detail)
}

/// The answer where nobody has judged the key.
fn failed(error: &ExchangeError) -> Answer<'static> {
    let (status, code, words) = match error {
        ExchangeError::Discovery(error) => return upstream::answer(EXCHANGE, error),
        ExchangeError::Address(_) => (
            502,
            "token_endpoint_refused",
            "the control plane named an authorization server that is not permitted; see egress.allow",
        ),
        ExchangeError::Plain => (
            502,
            "token_endpoint_refused",
            "the control plane named an authorization server that does not speak https",
        ),
        ExchangeError::Unreachable(_) | ExchangeError::Unavailable { .. } => (
            503,
            "token_endpoint_unavailable",
            "the authorization server is unavailable; try again later",
        ),
        ExchangeError::Timeout => (
            504,
            "token_endpoint_timeout",
            "the authorization server did not answer in time",
        ),
        ExchangeError::Refused | ExchangeError::Malformed(_) => (
            502,
            "bad_token_answer",
            "the authorization server's answer makes no sense",
        ),
    };
    let outage = (status == 503).then_some(RETRY_AFTER_OUTAGE);
    Answer {
        source: Source::ControlPlane,
        retryable: matches!(status, 503 | 504),
        retry_after: error.retry_after().or(outage),
        ..own(status, code, format!("{EXCHANGE} failed: {words}"))
    }
}
