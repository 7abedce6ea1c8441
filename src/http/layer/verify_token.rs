//! Refuses tokens that are not valid before the control plane sees them, where
//! the configuration says whose they have to be.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    auth::{Error, Verifier},
    control_plane::Caller,
    http::Problem,
};

/// Answers 401 to credentials that are no valid token.
pub async fn verify_token(
    State(verifier): State<Verifier>,
    request: Request,
    next: Next,
) -> Response {
    let outcome = match request.extensions().get::<Caller>() {
        // Nobody in particular, on a path that is open to everyone.
        None => Ok(()),
        // A cookie is no token: it would be a way around the check.
        Some(caller) => match caller.bearer() {
            Some(token) => verifier.verify(token).await,
            None => Err(Error::Invalid),
        },
    };
    match outcome {
        Ok(()) => next.run(request).await,
        Err(Error::Invalid) => Problem::InvalidToken.into_response(),
        Err(Error::NoKeys) => Problem::NoKeys.into_response(),
    }
}
