//! Whether a request is made again, and when.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use jiff::{Timestamp, fmt::rfc2822};

use super::{
    error::Error,
    response::{Answer, text_of},
};

/// The longest pause that doubling comes to.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Whether an answer, or none, is a reason to ask again.
pub(super) fn is_reason(attempt: &Result<Answer, Error>) -> bool {
    match attempt {
        Ok(answer) => matches!(
            answer.status,
            StatusCode::REQUEST_TIMEOUT
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT
        ),
        Err(error) => error.may_pass(),
    }
}

/// How long to wait before another attempt: twice as long each time, with a part
/// by chance so that many do not come back at once, but never shorter than the
/// answer asks for.
pub(super) fn pause(
    attempt: &Result<Answer, Error>,
    first: Duration,
    made: u32,
    now: Timestamp,
) -> Duration {
    let doubled = first.saturating_mul(1 << made.min(16)).min(LONGEST_PAUSE);
    let pause = doubled.mul_f64(rand::random_range(0.5..1.0));
    let asked = attempt.as_ref().ok();
    let asked = asked.and_then(|answer| retry_after(&answer.headers, now));
    asked.map_or(pause, |asked| asked.max(pause))
}

/// A number of seconds, or a time.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = text_of(headers, &RETRY_AFTER).trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_server_says_when_to_come_back_in_seconds_or_as_a_time() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        for (text, seconds) in [
            ("3", Some(3)),
            ("Fri, 02 Jan 2026 03:04:15 GMT", Some(10)),
            ("Fri, 02 Jan 2026 03:04:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let value = HeaderValue::from_static(text);
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{text}");
        }
    }
}
