//! Folds the enabled endpoints into the router and its OpenAPI document.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use flyte_webhook_core::endpoint::{Endpoint, Method};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, LOCATION},
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use super::{
    Api, ApiState, Problem,
    endpoints::{app, build, core, guide, prefetch, run, task, trigger},
    hooks,
    layer::{self, chain::Chain, rate_limit::rate_limit},
    openapi, probes,
};

/// The router of all enabled endpoints with the documentation pages.
pub fn router(state: ApiState) -> Router {
    let ApiState(api) = &state;
    let (mut router, mut known) = (Router::new(), Vec::new());
    for (endpoint, path, served) in all(api) {
        router = router.route(path, surround(api, endpoint, served.handled));
        known.push(path);
    }
    let documented = Arc::clone(api);
    let pages = openapi::pages(&api.title, move || document(&documented));
    let readiness = api.readiness.clone();
    let known: Arc<[&str]> = known.into();
    let hook_routes = hooks::routes(api).with_state(state.clone());
    router
        .with_state(state)
        .merge(hook_routes)
        .merge(pages)
        .merge(probes::routes(readiness))
        .fallback(async move |request: Request| unknown_path(&known, &request))
}

/// The document of the endpoints that the router has.
pub fn document(api: &Api) -> OpenApi {
    let router = OpenApiRouter::with_openapi(openapi::info(api));
    let router = all(api).fold(router, |router, one| {
        let (endpoint, path, served) = one;
        let (schemas, paths, methods) = (served.described)();
        let paths = if path == endpoint.path() {
            openapi::describe(api, endpoint, paths)
        } else {
            openapi::describe_other(api, endpoint, paths)
        };
        router.routes((schemas, paths, methods))
    });
    router.into_openapi()
}

/// An endpoint's handler; and how it is described, which takes memory that is not given
/// back, and which nobody may ever ask for.
struct Served {
    handled: fn(MethodFilter) -> MethodRouter<ApiState>,
    described: fn() -> UtoipaMethodRouter<ApiState>,
}

/// What is served by a handler.
macro_rules! served {
    ($handler:path) => {
        Served {
            handled: |method| on(method, $handler),
            described: || routes!($handler),
        }
    };
}

/// All enabled endpoints on all of their paths, one after the other.
fn all(api: &Api) -> impl Iterator<Item = (Endpoint, &'static str, Served)> {
    let endpoints = api.endpoints.iter();
    let own = endpoints.map(|endpoint| (endpoint, endpoint.path(), served(endpoint)));
    let guide = api.guide_routes.then(guide_routes).into_iter().flatten();
    let guide = guide::PATHS.into_iter().zip(guide);
    own.chain(guide.map(|(path, served)| (Endpoint::RunTask, path, served)))
}

/// What is served of an endpoint.
fn served(endpoint: Endpoint) -> Served {
    match endpoint {
        Endpoint::Health => served!(core::health::health),
        Endpoint::Me => served!(core::me::me),
        Endpoint::RunTask => served!(task::run_task::run_task),
        Endpoint::GetTask => served!(task::get_task::get_task),
        Endpoint::GetRun => served!(run::get_run::get_run),
        Endpoint::GetRunIo => served!(run::get_run_io::get_run_io),
        Endpoint::AbortRun => served!(run::abort_run::abort_run),
        Endpoint::ActivateTrigger => served!(trigger::activate_trigger::activate_trigger),
        Endpoint::DeactivateTrigger => {
            served!(trigger::deactivate_trigger::deactivate_trigger)
        }
        Endpoint::RunTrigger => served!(trigger::run_trigger::run_trigger),
        Endpoint::GetApp => served!(app::get_app::get_app),
        Endpoint::ActivateApp => served!(app::activate_app::activate_app),
        Endpoint::DeactivateApp => served!(app::deactivate_app::deactivate_app),
        Endpoint::CallApp => served!(app::call_app::call_app),
        Endpoint::BuildImage => served!(build::build_image::build_image),
        Endpoint::PrefetchHfModel => {
            served!(prefetch::prefetch_hf_model::prefetch_hf_model)
        }
        Endpoint::GetPrefetchHfModel => {
            served!(prefetch::get_prefetch_hf_model::get_prefetch_hf_model)
        }
        Endpoint::GetPrefetchHfModelIo => {
            served!(prefetch::get_prefetch_hf_model_io::get_prefetch_hf_model_io)
        }
        Endpoint::AbortPrefetchHfModel => {
            served!(prefetch::abort_prefetch_hf_model::abort_prefetch_hf_model)
        }
    }
}

/// `run_task` on its other paths.
fn guide_routes() -> [Served; 2] {
    [
        served!(guide::run_task::run_task),
        served!(guide::run_task_and_wait::run_task_and_wait),
    ]
}

/// What every endpoint has around its handler.
fn surround(
    api: &Api,
    endpoint: Endpoint,
    handled: fn(MethodFilter) -> MethodRouter<ApiState>,
) -> MethodRouter<ApiState> {
    let (method, allow) = match endpoint.method() {
        Method::Get => (MethodFilter::GET, "GET, HEAD"),
        Method::Post => (MethodFilter::POST, "POST"),
    };
    let layers = Chain::default()
        .with(endpoint, layer::endpoint::endpoint)
        .with_any(api.limits.route(endpoint), rate_limit);
    handled(method)
        .fallback(async move || Problem::Method(allow))
        .layer(layers)
}

/// What exists without its trailing slash is redirected there; the rest is 404.
fn unknown_path(known: &[&str], request: &Request) -> Response {
    let path = request.uri().path();
    let bare = path.strip_suffix('/').filter(|bare| {
        probes::is_probe(bare)
            || openapi::is_page(bare)
            || known.iter().any(|path| matches(path, bare))
    });
    let Some(bare) = bare else {
        return Problem::NoRoute.into_response();
    };
    // Relative, so that no Host header finds its way into the answer.
    let location = match request.uri().query() {
        Some(query) => format!("{bare}?{query}"),
        None => bare.to_owned(),
    };
    match HeaderValue::try_from(location) {
        Ok(location) => (
            StatusCode::TEMPORARY_REDIRECT,
            [(LOCATION, location), (CONTENT_LENGTH, HeaderValue::from(0))],
        )
            .into_response(),
        Err(_) => Problem::NoRoute.into_response(),
    }
}

/// Whether a path is one of a template's; a parameter is never empty.
fn matches(template: &str, path: &str) -> bool {
    let fits = |(expected, segment): (&str, &str)| {
        let is_parameter = expected.starts_with('{') && !segment.is_empty();
        is_parameter || segment == expected
    };
    let same_length = template.split('/').count() == path.split('/').count();
    same_length && template.split('/').zip(path.split('/')).all(fits)
}
