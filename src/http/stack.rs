//! The middleware around the router, outermost first.

use std::{any::Any, convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::Request,
    middleware,
    response::{IntoResponse, Response},
};
use tower::{ServiceBuilder, util::BoxCloneSyncService};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    Api, Problem,
    layer::{
        access_log::access_log, address_guard::address_guard, administration::administration,
        audit::audit, authenticate::authenticate, cors::cors, cross_site::cross_site,
        deadline::deadline, load_shed::load_shed, loop_guard::loop_guard, measure::measure,
        normalize_path::normalize_path, passthrough_auth::passthrough_auth,
        problem_body::problem_body, rate_limit::rate_limit, refused::refused,
        request_id::request_id, security_headers::security_headers, trace::trace,
    },
};

/// The whole HTTP service.
pub type HttpService = BoxCloneSyncService<Request, Response, Infallible>;

/// Puts the middleware around the router of a port, and around the administrator's
/// where that port has it, too.
pub fn stack(router: Router, admin: Option<Router>, api: &Api) -> HttpService {
    let service = ServiceBuilder::new()
        // First, so that everything below can name the request.
        .layer(middleware::from_fn(request_id))
        // Outside of all that logs or asks others, so that they know the trace.
        .layer(middleware::from_fn_with_state(
            (api.tracer.clone(), api.tls.main),
            trace,
        ))
        // Outside of all that answers, so that no answer goes uncounted
        .layer(middleware::from_fn_with_state(api.metrics.clone(), measure))
        // or unlogged.
        .layer(middleware::from_fn_with_state(
            api.limits.proxies.clone(),
            access_log,
        ))
        // Outside of all that answers.
        .layer(middleware::from_fn_with_state(
            api.tls.main,
            security_headers,
        ))
        // Outside of all that answers with a problem, to write its body.
        .layer(middleware::from_fn(problem_body))
        // Before all that looks at the request, of which there is only its place.
        .layer(middleware::from_fn(refused))
        // A panic ends one request and no other.
        .layer(CatchPanicLayer::custom(panicked))
        // Before all that looks at the path: the exemptions and the router among it.
        .map_request(normalize_path)
        // Outside of what refuses, so that a page learns why it was refused.
        .option_layer(cors(&api.cors, &api.header_extractors))
        // Counts everything below, the reading of the body included.
        .layer(middleware::from_fn_with_state(
            api.request_timeout,
            deadline,
        ))
        // Before the credentials: what this server sent itself carries none.
        .layer(middleware::from_fn_with_state(api.mark.clone(), loop_guard))
        // Before what callers need and administrators do not: places, and credentials
        // that go on to the control plane.
        .option_layer(admin.map(|admin| middleware::from_fn_with_state(admin, administration)))
        // Before anything that costs more than a refusal.
        .layer(middleware::from_fn_with_state(
            api.limits.places.clone(),
            load_shed,
        ))
        // Around all that lets in or refuses; within the places for requests, so that
        // there are places for their records.
        .layer(middleware::from_fn_with_state(api.audit.clone(), audit))
        // Before the credentials, and around them: it counts those that fail.
        .option_layer(
            api.limits
                .address
                .clone()
                .map(|guard| middleware::from_fn_with_state(guard, address_guard)),
        )
        // Before the router: no route is told apart without credentials.
        .layer(middleware::from_fn_with_state(
            (api.header_extractors.clone(), api.hooks.clone()),
            passthrough_auth,
        ))
        // Before the control plane, or anything else, judges what they are.
        .layer(middleware::from_fn_with_state(
            api.authenticator.clone(),
            authenticate,
        ))
        // Needs the credentials, and is last so that nothing foreign is read.
        .layer(middleware::from_fn_with_state(
            (api.public_url.clone().map(Arc::new), api.cors.clone()),
            cross_site,
        ))
        // Charges nobody for what others send in their name and is refused.
        .option_layer(
            api.limits
                .caller
                .clone()
                .map(|limit| middleware::from_fn_with_state(limit, rate_limit)),
        )
        .service(router);
    BoxCloneSyncService::new(service)
}

/// Puts the middleware around the router of the administrators' port.
pub fn admin_stack(router: Router, api: &Api) -> HttpService {
    // As above, without what is about callers.
    let service = ServiceBuilder::new()
        .layer(middleware::from_fn(request_id))
        .layer(middleware::from_fn_with_state(
            (api.tracer.clone(), api.tls.admin),
            trace,
        ))
        .layer(middleware::from_fn_with_state(api.metrics.clone(), measure))
        .layer(middleware::from_fn_with_state(
            api.limits.proxies.clone(),
            access_log,
        ))
        .layer(middleware::from_fn_with_state(
            api.tls.admin,
            security_headers,
        ))
        .layer(middleware::from_fn(problem_body))
        .layer(middleware::from_fn(refused))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            api.request_timeout,
            deadline,
        ))
        .map_request(normalize_path)
        .service(router);
    BoxCloneSyncService::new(service)
}

/// The panic's own words are in the log already, by way of the panic hook.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::Panic.into_response()
}
