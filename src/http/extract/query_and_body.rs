//! Query and body judged together, so that all mistakes are in one answer.

use axum::extract::{FromRequest, Request};

use super::{FromBody, FromQuery, QueryReader, body::Content};
use crate::http::{ApiState, Problem};

/// The parameters of the query and what was taken from the body.
pub struct QueryAndBody<Q, B>(pub Q, pub B);

impl<Q, B> FromRequest<ApiState> for QueryAndBody<Q, B>
where
    Q: FromQuery + Send,
    B: FromBody,
{
    type Rejection = Problem;

    async fn from_request(request: Request, ApiState(api): &ApiState) -> Result<Self, Problem> {
        let mut reader = QueryReader::of(request.uri());
        let content = Content::of(request, api).await?;
        let query = Q::from_query(&mut reader);
        let mut violations = reader.into_violations();
        let body = B::from_body(content, &mut violations);
        if violations.is_empty() {
            Ok(Self(query, body))
        } else {
            Err(Problem::Invalid(violations))
        }
    }
}
