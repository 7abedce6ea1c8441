//! What is passed on of an app's answer.

use axum::response::{IntoResponse, Response};
use flyte_webhook_core::json::{self, Limits};
use http::header::CONTENT_TYPE;
use serde_json::{json, value::RawValue};

use crate::{app_client::Answer, http::AppProblem};

/// JSON for the caller.
pub struct PassedOn(String);

impl PassedOn {
    /// Takes an app's answer apart: an error keeps its status, a success becomes
    /// 200 with JSON.
    pub(super) fn new(answer: Answer) -> Result<Self, AppProblem> {
        let Answer { status, body, .. } = answer;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(AppProblem::Answered { status, body });
        }
        let text = String::from_utf8(body).map_err(|_not_utf8| AppProblem::NotText)?;
        Ok(Self(match serde_json::from_str::<&RawValue>(&text) {
            Ok(_) => text,
            Err(_) => read_as_python(&text),
        }))
    }
}

/// What only Python takes for JSON, such as `NaN`, with names in its place; any
/// other text as a member.
fn read_as_python(text: &str) -> String {
    let value = match json::parse(text.as_bytes(), &Limits::default()) {
        Ok(value) if !text.contains('\0') => serde_json::to_string(&value),
        _ => serde_json::to_string(&json!({ "response": text })),
    };
    value.expect("strings and numbers are JSON")
}

impl IntoResponse for PassedOn {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn passed_on(body: &[u8]) -> String {
        let answer = Answer::new(StatusCode::CREATED, body.to_vec());
        PassedOn::new(answer).unwrap().0
    }

    #[test]
    fn json_is_passed_on_and_other_text_is_a_member() {
        for (body, answer) in [
            ("{\"a\":1e3}", "{\"a\":1e3}"),
            ("null", "null"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("[NaN, -Infinity]", "[\"NaN\",\"-Infinity\"]"),
            ("", "{\"response\":\"\"}"),
            ("hello", "{\"response\":\"hello\"}"),
            ("{\"a\":1} x", "{\"response\":\"{\\\"a\\\":1} x\"}"),
            ("1\0", "{\"response\":\"1\\u0000\"}"),
        ] {
            assert_eq!(passed_on(body.as_bytes()), answer, "{body:?}");
        }
    }
}
