//! The document and the pages that show it, all from the binary.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName},
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::{DOCS, DOCUMENT, REDOC, redoc};
use crate::http::Problem;

/// Scripts from here alone; both pages set styles in their elements, and ReDoc
/// searches in a worker that it makes itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCS_PAGE: &str = include_str!("docs.html");

/// The document and the pages that show it.
pub fn pages(document: &OpenApi) -> Router {
    let title = escaped(&document.info.title);
    let docs = DOCS_PAGE.replace("{title}", &title);
    let redoc = redoc::PAGE.replace("{title}", &title);
    let document = document.to_json().expect("strings and numbers are JSON");
    let swagger = Arc::new(swagger());
    Router::new()
        .route(DOCS, page(get(async || Html(docs))))
        .route(REDOC, page(get(async || Html(redoc))))
        .route(
            "/docs/{*asset}",
            page(get(async |Path(path): Path<String>| asset(&path, swagger))),
        )
        .route(DOCUMENT, page(get(async || json(document))))
        .layer(always(CONTENT_SECURITY_POLICY, POLICY))
        .layer(always(
            HeaderName::from_static("x-content-type-options"),
            "nosniff",
        ))
        // An address with a run's name in it is nobody else's to know.
        .layer(always(
            HeaderName::from_static("referrer-policy"),
            "no-referrer",
        ))
}

/// Swagger UI would have a server of its vendor judge the document.
fn swagger() -> Config<'static> {
    Config::from(DOCUMENT)
        .validator_url("none")
        .display_request_duration(true)
        .display_operation_id(true)
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn page(routes: MethodRouter) -> MethodRouter {
    routes.fallback(async || Problem::Method("GET, HEAD"))
}

fn json(document: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

fn asset(path: &str, config: Arc<Config<'static>>) -> Response {
    if let Some(asset) = redoc::asset(path) {
        return asset;
    }
    // The name that the reference and other servers of its kind have for it.
    let path = match path {
        "oauth2-redirect" => "oauth2-redirect.html",
        path => path,
    };
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => file_response(file),
        Ok(None) | Err(_) => Problem::NoRoute.into_response(),
    }
}

fn file_response(file: SwaggerFile<'_>) -> Response {
    let mut response = (
        [
            (CONTENT_TYPE, file.content_type),
            (CACHE_CONTROL, "max-age=3600".to_owned()),
        ],
        file.bytes.into_owned(),
    )
        .into_response();
    if file.gzpipped {
        let headers = response.headers_mut();
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
