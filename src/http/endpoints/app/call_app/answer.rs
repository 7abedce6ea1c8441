//! What is passed on of an app's answer.

mod form;
mod pieces;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::header::CONTENT_TYPE;

use self::{form::Form, pieces::Pieces};
use crate::{app_client::Answer, http::AppProblem};

/// How much of an app's error is repeated, in bytes.
const LONGEST_ERROR: usize = 16 << 10;

/// JSON for the caller.
pub struct PassedOn(Pieces);

impl PassedOn {
    /// Takes an app's answer apart: an error keeps its status, a success becomes
    /// 200 with JSON.
    pub(super) fn new(answer: Answer) -> Result<Self, AppProblem> {
        let Answer { status, body } = answer;
        // Below it is no answer yet, and a proxy in front could take 101 for a
        // tunnel; above nobody knows what it means.
        if status.is_informational() || status.as_u16() > 599 {
            return Err(AppProblem::UnknownStatus(status));
        }
        let (pieces, room) = body.into_pieces();
        if !status.is_success() {
            let body = beginning(&pieces);
            return Err(AppProblem::Answered { status, body });
        }
        let form = Form::of(&pieces).ok_or(AppProblem::NotText)?;
        Ok(Self(Pieces::new(form, pieces, room)))
    }
}

/// What is repeated of an error.
fn beginning(pieces: &[Bytes]) -> String {
    let bytes = pieces.iter().flatten().copied().take(LONGEST_ERROR);
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

impl IntoResponse for PassedOn {
    fn into_response(self) -> Response {
        let Self(pieces) = self;
        ([(CONTENT_TYPE, "application/json")], Body::new(pieces)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http_body_util::BodyExt;

    use super::*;
    use crate::app_client::Text;

    async fn passed_on(body: &[u8]) -> String {
        let answer = Answer {
            status: StatusCode::CREATED,
            body: Text::from(body),
        };
        let response = PassedOn::new(answer).unwrap().into_response();
        let length = http_body::Body::size_hint(response.body()).exact();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(length, Some(bytes.len() as u64));
        String::from_utf8(bytes.into()).unwrap()
    }

    #[tokio::test]
    async fn json_is_passed_on_and_other_text_is_a_member() {
        for (body, answer) in [
            ("{\"a\":1e3}", "{\"a\":1e3}"),
            ("null", "null"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("[NaN, -Infinity]", "[\"NaN\", \"-Infinity\"]"),
            ("{\"NaN\":Infinity}", "{\"NaN\":\"Infinity\"}"),
            ("[\"\\\"NaN\", NaN]", "[\"\\\"NaN\", \"NaN\"]"),
            ("NaN", "\"NaN\""),
            ("\u{feff}[1]", "[1]"),
            ("", "{\"response\":\"\"}"),
            ("hello", "{\"response\":\"hello\"}"),
            ("NaNs", "{\"response\":\"NaNs\"}"),
            ("[--Infinity]", "{\"response\":\"[--Infinity]\"}"),
            ("{\"a\":1} x", "{\"response\":\"{\\\"a\\\":1} x\"}"),
            ("1\0", "{\"response\":\"1\\u0000\"}"),
            (
                "\u{1}\t\r\n\u{8}\u{c}\\\u{7f}é",
                "{\"response\":\"\\u0001\\t\\r\\n\\b\\f\\\\\u{7f}é\"}",
            ),
        ] {
            assert_eq!(passed_on(body.as_bytes()).await, answer, "{body:?}");
        }
    }

    #[tokio::test]
    async fn what_is_longer_than_a_piece_is_the_same() {
        let letters = "é\"\u{1}NaN".repeat(10_000);
        let expected = serde_json::json!({ "response": letters }).to_string();
        assert_eq!(passed_on(letters.as_bytes()).await, expected);
        let list = format!("[{}NaN]", "NaN,\"NaN\", ".repeat(10_000));
        let expected = format!("[{}\"NaN\"]", "\"NaN\",\"NaN\", ".repeat(10_000));
        assert_eq!(passed_on(list.as_bytes()).await, expected);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let cut = [vec![b'a'; (16 << 10) - 1], "é".as_bytes()[..1].to_vec()].concat();
        for body in [b"\xff".as_slice(), b"a\xc3", b"\xed\xa0\x80", &cut] {
            let answer = Answer {
                status: StatusCode::OK,
                body: Text::from(body),
            };
            assert!(matches!(PassedOn::new(answer), Err(AppProblem::NotText)));
        }
    }
}
