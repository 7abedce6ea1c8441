//! Judges credentials where the configuration has something to judge them by,
//! and puts in their place what the control plane is to get.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::chain::{Next, Request};
use crate::{
    auth::{Admitted, Handle},
    control_plane::Caller,
    http::Problem,
};

/// Lets a caller in, or answers why not.
pub async fn authenticate(
    State(authenticator): State<Handle>,
    mut request: Request,
    next: Next,
) -> Response {
    // Nobody in particular is let in on the paths that are open to everyone.
    let Some(caller) = request.extensions_mut().remove::<Caller>() else {
        return next.run(request).await;
    };
    let Admitted { caller, lease } = match authenticator.admit(caller).await {
        Ok(admitted) => admitted,
        Err(error) => return Problem::Identity(error).into_response(),
    };
    caller.trail().let_in();
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    if let Some(lease) = lease.filter(|_| is_unauthenticated(&response)) {
        authenticator.give_up(&lease).await;
    }
    response
}

/// Whether the control plane did not take the credentials.
fn is_unauthenticated(response: &Response) -> bool {
    let problem = response.extensions().get::<Arc<Problem>>();
    problem.is_some_and(|problem| problem.is_unauthenticated())
}
