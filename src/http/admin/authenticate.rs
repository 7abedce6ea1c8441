//! Lets in only administrators.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header::CACHE_CONTROL};

use crate::{auth::Administrators, http::Problem};

/// Whose token a request brought, as a request extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator(pub String);

/// Answers 401 to everyone else, and has nobody keep what is answered.
pub async fn authenticate(
    State(administrators): State<Administrators>,
    mut request: Request,
    next: Next,
) -> Response {
    let found = administrators.find(request.headers()).map(str::to_owned);
    let mut response = match found {
        Some(id) => {
            request.extensions_mut().insert(Administrator(id));
            next.run(request).await
        }
        None => Problem::NoAdministrator.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(CACHE_CONTROL)
        .or_insert(no_store);
    response
}
