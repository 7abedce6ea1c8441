//! The body of a run request: a JSON object of inputs.

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use flyte_webhook_core::json::{self, Object};

use super::{Content, FromBody, echo};
use crate::http::{ApiState, Problem, Violation};

/// The inputs of a run by name, in the order in which they were given.
pub struct Inputs(pub Object);

impl FromBody for Inputs {
    fn from_body(body: Content, violations: &mut Vec<Violation>) -> Self {
        let violation = match body {
            Content::Json(json::Value::Object(inputs)) => return Self(inputs),
            Content::Absent => Violation::body_missing(),
            Content::Json(other) => Violation::body_not_object(echo(&other)),
            // As FastAPI has it: a body of another type is one text.
            Content::Other(body) => {
                let text = String::from_utf8_lossy(&body).into_owned();
                Violation::body_not_object(text.into())
            }
        };
        violations.push(violation);
        Self(Object::default())
    }
}

impl Inputs {
    fn read(content: Content) -> Result<Self, Problem> {
        let mut violations = Vec::new();
        let inputs = Self::from_body(content, &mut violations);
        if violations.is_empty() {
            Ok(inputs)
        } else {
            Err(Problem::Invalid(violations))
        }
    }
}

impl FromRequest<ApiState> for Inputs {
    type Rejection = Problem;

    async fn from_request(request: Request, ApiState(api): &ApiState) -> Result<Self, Problem> {
        Self::read(Content::of(request, api).await?)
    }
}

/// No body and `null` are the same, as FastAPI has it.
impl OptionalFromRequest<ApiState> for Inputs {
    type Rejection = Problem;

    async fn from_request(
        request: Request,
        ApiState(api): &ApiState,
    ) -> Result<Option<Self>, Problem> {
        match Content::of(request, api).await? {
            Content::Absent | Content::Json(json::Value::Null) => Ok(None),
            content @ (Content::Json(_) | Content::Other(_)) => Self::read(content).map(Some),
        }
    }
}
