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
    mut request: Request,
    next: Next,
) -> Response {
    // Nobody in particular is let in on the paths that are open to everyone.
    if let Some(caller) = request.extensions_mut().remove::<Caller>() {
        // A cookie is no token: alone it would be a way around the check, and
        // beside a token it could make the caller somebody else.
        let outcome = match caller.bearer() {
            Some(token) => verifier.verify(token).await,
            None => Err(Error::Invalid),
        };
        match outcome {
            Ok(()) => request.extensions_mut().insert(caller.without_cookie()),
            Err(Error::Invalid) => return Problem::InvalidToken.into_response(),
            Err(Error::NoKeys) => return Problem::NoKeys.into_response(),
        };
    }
    next.run(request).await
}
