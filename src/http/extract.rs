//! Extractors: what a handler takes from a request, or the answer that it
//! cannot.

mod body;
mod idempotency;
mod path;
mod prefer;
mod query;
mod query_and_body;

use axum::{body::Body, extract::FromRequestParts};
use http::{HeaderMap, request::Parts};

pub use self::{
    body::{BodyBudget, Content, FromBody, Inputs, TextList, Whole, object_member, text_list},
    idempotency::{Idempotency, IdempotencyHeaders, Idempotent},
    path::{AppPath, GuidePath, RunPath, TaskPath, TriggerPath},
    prefer::{Prefer, Wait},
    query::{FromQuery, Query, QueryReader, WaitQuery},
    query_and_body::QueryAndBody,
};
use super::{Api, Problem, layer::request_id::RequestId};
use crate::control_plane::Caller;

/// Reads a body of at most so many bytes.
pub async fn read_body(
    headers: &HeaderMap,
    body: Body,
    api: &Api,
    limit: usize,
) -> Result<Whole, Problem> {
    body::read(headers, body, api, limit).await
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or(Problem::NoCredentials)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let id = parts.extensions.get::<Self>().cloned();
        id.ok_or(Problem::Panic)
    }
}
