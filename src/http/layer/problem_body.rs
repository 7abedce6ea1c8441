//! Writes the body of every error answer.

use std::sync::Arc;

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::Response,
};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    chain::{Next, Request},
    request_id::RequestId,
};
use crate::http::{Problem, Violation, problem::Answer};

const PROBLEM_JSON: &str = "application/problem+json";

/// The body of an error answer: FastAPI's `detail` beside the members of RFC
/// 9457 and this server's own.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// What went wrong.
    #[schema(value_type = String, example = "Run w2 not found")]
    detail: Detail<'a>,
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    #[schema(example = "Not Found")]
    title: &'a str,
    /// The status.
    #[schema(example = 404)]
    status: u16,
    /// A stable word for programs.
    #[schema(example = "run_not_found")]
    code: &'static str,
    /// Who caused it: `webhook`, `control_plane` or `app`.
    #[schema(example = "webhook")]
    source: &'static str,
    /// Whether the same request may be sent again, and may succeed then.
    retryable: bool,
    /// The id of the request, as in `X-Request-Id`.
    #[schema(example = "5f1c9d3ab0e84f6f9d0c7b2a1e4d8c36")]
    request_id: &'a str,
    /// For 422 as `application/problem+json`: what does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    errors: Option<&'a [Violation]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Text(&'a str),
    Violations(&'a [Violation]),
}

/// Fills in the body where a handler or a layer answered with a [`Problem`].
pub async fn problem_body(request: Request, next: Next) -> Response {
    let standard = accepts_problem_json(request.headers());
    let id = request.extensions().get::<RequestId>().cloned();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Arc<Problem>>().cloned() else {
        return response;
    };
    // Where an app says so; it has no body, and so no type of one.
    if response.status() == StatusCode::NOT_MODIFIED {
        return response;
    }
    let id = id.as_ref().map_or("", RequestId::as_str);
    let body = body(&problem.answer(), standard, id);
    let media_type = if standard {
        PROBLEM_JSON
    } else {
        "application/json"
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.remove(CONTENT_LENGTH);
    *response.body_mut() = body.into();
    response
}

fn body(answer: &Answer<'_>, standard: bool, request_id: &str) -> Vec<u8> {
    let as_list = !answer.violations.is_empty() && !standard;
    let body = ProblemBody {
        detail: if as_list {
            Detail::Violations(answer.violations)
        } else {
            Detail::Text(&answer.detail)
        },
        kind: "about:blank",
        title: answer.status.canonical_reason().unwrap_or_default(),
        status: answer.status.as_u16(),
        code: answer.code,
        source: answer.source.as_str(),
        retryable: answer.retryable,
        request_id,
        errors: (standard && !answer.violations.is_empty()).then_some(answer.violations),
    };
    let mut body = serde_json::to_vec(&body).expect("strings and numbers are JSON");
    if let Some(members) = answer.members {
        append(&mut body, members);
    }
    body
}

/// Appends the members of another object, which is written already.
fn append(body: &mut Vec<u8>, members: &RawValue) {
    let Some(members) = members.get().strip_prefix('{').filter(|it| *it != "}") else {
        return;
    };
    body.pop();
    body.push(b',');
    body.extend_from_slice(members.as_bytes());
}

fn accepts_problem_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case(PROBLEM_JSON))
}
