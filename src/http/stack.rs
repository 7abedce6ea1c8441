//! The middleware around the router, outermost first.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    response::{IntoResponse, Response},
};
use tower::Layer;

use super::{
    Api, Problem,
    layer::{
        access_log::access_log,
        address_guard::address_guard,
        administration::administration,
        audit::audit,
        authenticate::authenticate,
        catch_panic::catch_panic,
        chain::{Chain, Next},
        cors::cors,
        cross_site::cross_site,
        deadline::deadline,
        load_shed::load_shed,
        loop_guard::loop_guard,
        measure::measure,
        normalize_path::normalize_path,
        passthrough_auth::passthrough_auth,
        problem_body::problem_body,
        rate_limit::rate_limit,
        refused::refused,
        request_id::request_id,
        security_headers::security_headers,
        trace::trace,
    },
    limits::Proxies,
};
use crate::{metrics::Metrics, trace::Tracer};

/// The whole HTTP service.
pub type HttpService = Next;

/// Puts the middleware around the router of a port, and around the administrator's
/// where that port has it, too.
pub fn stack(router: Router, admin: Option<Router>, api: &Api) -> HttpService {
    let limits = &api.limits;
    let public_url = api.public_url.clone().map(Arc::new);
    common(Outer::of(api, api.tls.main))
        // Outside of what refuses, so that a page learns why it was refused.
        .tower_any(cors(&api.cors, &api.header_extractors))
        // Counts everything below, the reading of the body included.
        .with(api.request_timeout, deadline)
        // Before the credentials: what this server sent itself carries none.
        .check(api.mark.clone(), loop_guard)
        // Before what callers need and administrators do not: places, and credentials
        // that go on to the control plane.
        .with_any(admin, administration)
        // Before anything that costs more than a refusal.
        .with(limits.places.clone(), load_shed)
        // Around all that lets in or refuses; within the places for requests, so that
        // there are places for their records.
        .with_any(api.audit.any(), audit)
        // Before the credentials, and around them: it counts those that fail.
        .with_any(limits.address.clone(), address_guard)
        // Before the router: no route is told apart without credentials.
        .check(
            (api.header_extractors.clone(), api.hooks.clone()),
            passthrough_auth,
        )
        // Before the control plane, or anything else, judges what they are.
        .with(api.authenticator.clone(), authenticate)
        // Needs the credentials, and is last so that nothing foreign is read.
        .check((public_url, api.cors.clone()), cross_site)
        // Charges nobody for what others send in their name and is refused.
        .with_any(limits.caller.clone(), rate_limit)
        .layer(router)
}

/// What the outermost layers of a port need.
pub struct Outer {
    /// Where it is told of.
    pub tracer: Tracer,
    /// Where it is counted.
    pub metrics: Metrics,
    /// Who is believed about where requests come from.
    pub proxies: Arc<Proxies>,
    /// Whether the port speaks TLS.
    pub is_tls: bool,
}

impl Outer {
    /// That of the API, for one of its ports.
    pub fn of(api: &Api, is_tls: bool) -> Self {
        Self {
            tracer: api.tracer.clone(),
            metrics: api.metrics.clone(),
            proxies: Arc::clone(&api.limits.proxies),
            is_tls,
        }
    }
}

/// Puts the middleware around the router of the administrators' port.
pub fn admin_stack(router: Router, outer: Outer, request_timeout: Duration) -> HttpService {
    // As above, without what is about callers.
    common(outer).with(request_timeout, deadline).layer(router)
}

/// What stands outermost on either port.
fn common(outer: Outer) -> Chain {
    let is_tls = outer.is_tls;
    Chain::default()
        // First, so that everything below can name the request.
        .then(request_id)
        // Outside of all that logs or asks others, so that they know the trace.
        .with((outer.tracer, is_tls), trace)
        // Outside of all that answers, so that no answer goes uncounted
        .with(outer.metrics, measure)
        // or unlogged.
        .with(outer.proxies, access_log)
        // Outside of all that answers.
        .with(is_tls, security_headers)
        // Outside of all that answers with a problem, to write its body.
        .then(problem_body)
        // Before all that looks at the request, of which there is only its place.
        .check((), refused)
        // A panic ends one request and no other.
        .with(panicked as fn() -> Response, catch_panic)
        // Before all that looks at the path: the exemptions and the router among it.
        .check((), normalize_path)
}

fn panicked() -> Response {
    Problem::Panic.into_response()
}
