//! The authorization server's answer (RFC 6749, section 5).

use std::time::Duration;

use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;

use super::Error;

/// The largest answer, in bytes.
const LARGEST: usize = 64 << 10;
/// The longest token; with its scheme it is a header.
const LONGEST_TOKEN: usize = 8_000;
/// How long a token is valid that does not say.
const UNKNOWN_LIFETIME: Duration = Duration::from_mins(1);
/// Beyond this nobody knows any more who the token was for.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);
/// The longest `Retry-After` that is believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// The errors that are about the client and its secret.
const REFUSALS: [&str; 4] = [
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "access_denied",
];

/// A token as a header, and how long it is valid.
pub(super) struct Token {
    pub(super) value: HeaderValue,
    pub(super) lifetime: Duration,
}

#[derive(Deserialize)]
struct Success {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

pub(super) async fn read(answer: reqwest::Response) -> Result<Token, Error> {
    let status = answer.status();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Error::Refused),
        StatusCode::TOO_MANY_REQUESTS => Err(unavailable(&answer)),
        _ if status.is_server_error() => Err(unavailable(&answer)),
        StatusCode::BAD_REQUEST => Err(refusal(&body(answer).await?)),
        _ if status.is_success() => token(&body(answer).await?),
        _ => Err(Error::Malformed("its status is none of a token endpoint's")),
    }
}

fn unavailable(answer: &reqwest::Response) -> Error {
    let seconds = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Error::Unavailable {
        status: answer.status(),
        retry_after: seconds.map(|it| Duration::from_secs(it).min(LONGEST_RETRY_AFTER)),
    }
}

async fn body(mut answer: reqwest::Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len() + piece.len() > LARGEST {
            return Err(Error::Malformed("it is too large"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn refusal(body: &[u8]) -> Error {
    match serde_json::from_slice::<Failure>(body) {
        Ok(failure) if REFUSALS.contains(&failure.error.as_str()) => Error::Refused,
        Ok(_) => Error::Malformed("it finds fault with the request, not with the key"),
        Err(_) => Error::Malformed("it is no JSON of a token endpoint"),
    }
}

fn token(body: &[u8]) -> Result<Token, Error> {
    let answer: Success = serde_json::from_slice(body)
        .map_err(|_quotes_the_text| Error::Malformed("it is no JSON with an access token"))?;
    let is_bearer = answer
        .token_type
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(Error::Malformed("its token is no bearer token"));
    }
    let text = answer.access_token;
    if text.is_empty() || text.len() > LONGEST_TOKEN || !text.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(Error::Malformed("its token cannot be sent"));
    }
    let mut value =
        HeaderValue::try_from(format!("Bearer {text}")).expect("visible ASCII is a header value");
    value.set_sensitive(true);
    let lifetime = answer.expires_in.map_or(UNKNOWN_LIFETIME, |seconds| {
        let seconds = seconds.clamp(0.0, LONGEST_LIFETIME.as_secs_f64());
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    });
    Ok(Token { value, lifetime })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_with_its_lifetime() {
        for (text, seconds) in [
            (
                r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#,
                3600,
            ),
            (
                r#"{"access_token":"a","token_type":"bearer","expires_in":1.0,"x":[]}"#,
                1,
            ),
            (r#"{"access_token":"a","expires_in":-5}"#, 0),
            (r#"{"access_token":"a","expires_in":1e300}"#, 86_400),
            (r#"{"access_token":"a"}"#, 60),
        ] {
            let token = token(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(token.value, "Bearer a");
            assert_eq!(token.lifetime, Duration::from_secs(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_token_makes_no_sense() {
        let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(LONGEST_TOKEN + 1));
        for text in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a\r\nx-admin: 1"}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a","expires_in":"soon"}"#,
            &long,
        ] {
            assert!(
                matches!(token(text.as_bytes()), Err(Error::Malformed(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn only_what_is_about_the_client_is_a_refusal() {
        for (text, refused) in [
            (r#"{"error":"invalid_client"}"#, true),
            (
                r#"{"error":"unauthorized_client","error_description":"x"}"#,
                true,
            ),
            (r#"{"error":"invalid_scope"}"#, false),
            (r#"{"error":1}"#, false),
            ("nope", false),
        ] {
            assert_eq!(refusal(text.as_bytes()).is_refusal(), refused, "{text}");
        }
    }
}
