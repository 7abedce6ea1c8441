//! A problem as a response; its body is written by `layer::problem_body`.

use std::{sync::Arc, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::Problem;

impl Problem {
    /// Whether the rest of the request was given up.
    fn leaves_the_body(&self) -> bool {
        matches!(
            self,
            Self::BodyTooLarge { .. }
                | Self::BodyIncomplete
                | Self::BodiesTooLarge
                | Self::Malformed(_)
        )
    }

    /// By what a request could be let in that was not.
    fn challenges(&self) -> &'static [&'static str] {
        if matches!(self, Self::Identity(_)) {
            &["Bearer error=\"invalid_token\""]
        } else if matches!(self, Self::NoAdministrator) {
            // A browser asks for a password then. One a header: Chromium makes nothing of
            // a challenge that another follows in the same one.
            &["Basic realm=\"flyte-webhook\"", "Bearer"]
        } else {
            &["Bearer"]
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let answer = self.answer();
        let mut response = answer.status.into_response();
        let headers = response.headers_mut();
        if answer.status == StatusCode::UNAUTHORIZED {
            for challenge in self.challenges() {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
        }
        if let Some(wait) = answer.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        // Unread bytes of the body would be in the way of the next request.
        if self.leaves_the_body() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Self::Method(allow) = self {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Rounded up: who comes then does not come too early.
fn whole_seconds(time: Duration) -> u64 {
    let begun = u64::from(time.subsec_nanos() > 0);
    (time.as_secs() + begun).max(1)
}
