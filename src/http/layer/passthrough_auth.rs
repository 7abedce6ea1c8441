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
    let id = request.extensions().get::<RequestId>().cloned();
    let caller =
        id.and_then(|RequestId(id)| Caller::from_headers(request.headers(), extractors, id));
    match caller {
        Some(caller) => {
            let trail = request.extensions().get::<Trail>().cloned();
            let trace = request.extensions().get::<Context>().cloned();
            let caller = caller.with_trail(trail.unwrap_or_default());
            request.extensions_mut().insert(caller.traced(trace));
            Ok(())
        }
        None => Err(Problem::NoCredentials),
    }
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
