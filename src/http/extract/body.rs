//! The body of a run request: a JSON object of inputs.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, OptionalFromRequest, Request},
};
use bytes::Bytes;
use flyte_webhook_core::json;
use http::{
    HeaderMap,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::http::{Api, ApiState, Problem, Violation};

/// The inputs of a run by name, in the order in which they were given.
pub struct Inputs(pub json::Object);

impl FromRequest<ApiState> for Inputs {
    type Rejection = Problem;

    async fn from_request(request: Request, ApiState(api): &ApiState) -> Result<Self, Problem> {
        let value = value(request, api).await?;
        Self::new(value.ok_or_else(|| invalid(Violation::body_missing()))?)
    }
}

/// No body and `null` are the same, as FastAPI has it.
impl OptionalFromRequest<ApiState> for Inputs {
    type Rejection = Problem;

    async fn from_request(
        request: Request,
        ApiState(api): &ApiState,
    ) -> Result<Option<Self>, Problem> {
        let value = value(request, api).await?;
        let value = value.filter(|value| *value != json::Value::Null);
        value.map(Self::new).transpose()
    }
}

impl Inputs {
    fn new(value: json::Value) -> Result<Self, Problem> {
        let json::Value::Object(object) = value else {
            return Err(invalid(Violation::body_not_object(echo(&value))));
        };
        Ok(Self(object))
    }
}

/// The body as JSON, none where there is no body.
async fn value(request: Request, api: &Api) -> Result<Option<json::Value>, Problem> {
    let is_json = is_json(request.headers());
    let body = read(request, api).await?;
    if body.is_empty() {
        return Ok(None);
    }
    if !is_json {
        // As FastAPI has it: a body of another type is one text.
        let text = String::from_utf8_lossy(&body).into_owned();
        return Err(invalid(Violation::body_not_object(text.into())));
    }
    json::parse(&body, &api.json_limits)
        .map(Some)
        .map_err(unreadable)
}

async fn read(request: Request, api: &Api) -> Result<Bytes, Problem> {
    let limit = api.max_body_bytes;
    if announced(request.headers()).is_some_and(|length| length > limit) {
        return Err(Problem::BodyTooLarge { limit });
    }
    collect(request.into_body(), limit, api.body_timeout).await
}

async fn collect(body: Body, limit: usize, time: Duration) -> Result<Bytes, Problem> {
    let collected = tokio::time::timeout(time, Limited::new(body, limit).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge { limit }),
        Ok(Err(_)) | Err(_) => Err(Problem::BodyIncomplete),
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json` and `application/*+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| match essence.strip_prefix("application/") {
        Some(subtype) => subtype == "json" || subtype.ends_with("+json"),
        None => false,
    })
}

/// What was given instead, if it can be repeated.
fn echo(value: &json::Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn invalid(violation: Violation) -> Problem {
    Problem::Invalid(vec![violation])
}

fn unreadable(error: json::Error) -> Problem {
    match error {
        json::Error::Syntax { offset, message } => {
            invalid(Violation::body_not_json(offset, message))
        }
        json::Error::Unreadable { .. } | json::Error::NumberTooLong { .. } => {
            Problem::BodyUnreadable
        }
        json::Error::LoneSurrogate { .. }
        | json::Error::TooDeep { .. }
        | json::Error::TooLarge { .. } => Problem::BodyRefused(error),
    }
}
