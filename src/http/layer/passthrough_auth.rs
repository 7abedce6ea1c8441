//! Lets in only requests with credentials, which are then the control plane's
//! to judge.

use std::sync::Arc;

use flyte_webhook_core::endpoint::Endpoint;

use super::{chain::Request, request_id::RequestId};
use crate::{
    audit::Trail,
    config::HeaderExtractor,
    control_plane::Caller,
    hooks::Hooks,
    http::{Problem, openapi, probes},
    trace::Context,
};

/// Turns the credentials into a [`Caller`] in the request's extensions, or
/// answers 401 before anything of the body is read.
pub fn passthrough_auth(
    (extractors, hooks): &(Arc<[HeaderExtractor]>, Hooks),
    request: &mut Request,
) -> Result<(), Problem> {
    let path = request.uri().path();
    if is_open(path) || hooks.at(path).is_some() {
        return Ok(());
    }
    let known = request.extensions();
    let Some(RequestId(id)) = known.get().cloned() else {
        return Err(Problem::NoCredentials);
    };
    let trail = known.get::<Trail>().cloned().unwrap_or_default();
    let trace = known.get::<Context>().cloned();
    let caller = Caller::from_headers(request.headers(), extractors, id, trail)
        .ok_or(Problem::NoCredentials)?;
    request.extensions_mut().insert(caller.traced(trace));
    Ok(())
}

/// Paths that say nothing about anyone. Everything else needs credentials,
/// also what does not exist: a stranger learns no routes.
pub(super) fn is_open(path: &str) -> bool {
    let is_public = |endpoint: Endpoint| endpoint.is_public() && endpoint.path() == path;
    probes::is_probe(path)
        || openapi::is_page(path)
        || openapi::is_asset(path)
        || Endpoint::ALL.into_iter().any(is_public)
}
