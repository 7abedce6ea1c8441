//! The OpenAPI document and the pages that show it, all from the binary.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName},
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::{
    Components, Info, OpenApi, OpenApiBuilder, Paths, Server,
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa_swagger_ui::{Config, SwaggerFile};

use super::{Api, Problem};

/// The page of Swagger UI.
pub const DOCS: &str = "/docs";
/// The document.
pub const DOCUMENT: &str = "/openapi.json";
/// The page of ReDoc.
pub const REDOC: &str = "/redoc";

/// The name of the security scheme.
const BEARER: &str = "bearer";

/// Scripts from here alone; Swagger UI sets styles in its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DOCS_PAGE: &str = include_str!("openapi/docs.html");
const REDOC_PAGE: &str = include_str!("openapi/redoc.html");

/// The document before any endpoint is added.
pub fn info(api: &Api) -> OpenApi {
    let mut info = Info::new(api.title.as_str(), "1.0.0");
    info.description = Some(api.description.clone());
    let server = api
        .public_url
        .as_ref()
        .map(|url| Server::new(url.as_str().trim_end_matches('/')));
    let mut components = Components::new();
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    OpenApiBuilder::new()
        .info(info)
        .servers(server.map(|server| [server]))
        .paths(Paths::new())
        .components(Some(components))
        .security(Some([SecurityRequirement::new(BEARER, [""; 0])]))
        .build()
}

/// The document and the pages that show it.
pub fn pages(document: &OpenApi) -> Router {
    let document: Arc<str> = document
        .to_json()
        .expect("strings and numbers are JSON")
        .into();
    let swagger = Arc::new(Config::from(DOCUMENT));
    let policy = SetResponseHeaderLayer::overriding(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    let sniff = SetResponseHeaderLayer::overriding(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    Router::new()
        .route(DOCS, page(get(async || Html(DOCS_PAGE))))
        .route(REDOC, page(get(async || Html(REDOC_PAGE))))
        .route(
            "/docs/{*asset}",
            page(get(async move |Path(path): Path<String>| {
                asset(&path, swagger)
            })),
        )
        .route(
            DOCUMENT,
            page(get(async move || json(document.to_string()))),
        )
        .layer(policy)
        .layer(sniff)
}

/// Whether a path is one of the pages.
pub fn is_page(path: &str) -> bool {
    matches!(path, DOCS | DOCUMENT | REDOC)
}

/// Whether a path is below the documentation page.
pub fn is_asset(path: &str) -> bool {
    let asset = path
        .strip_prefix(DOCS)
        .and_then(|rest| rest.strip_prefix('/'));
    asset.is_some_and(|asset| !asset.is_empty())
}

fn page(routes: axum::routing::MethodRouter) -> axum::routing::MethodRouter {
    routes.fallback(async || Problem::Method("GET, HEAD"))
}

fn json(document: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

fn asset(path: &str, config: Arc<Config<'static>>) -> Response {
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
