//! The document and the pages that show it, all from the binary.

use std::{
    borrow::Cow,
    io::Read,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get},
};
use flate2::read::GzDecoder;
use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        VARY,
    },
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use super::{DOCS, DOCUMENT, REDOC, redoc};
use crate::http::{Problem, layer::measure::named};

/// Scripts from here alone; both pages set styles in their elements, and ReDoc
/// searches in a worker that it makes itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files of the pages.
const ASSETS: &str = "/docs/{*asset}";

const DOCS_PAGE: &str = include_str!("docs.html");

/// The document and the pages that show it. It is made when somebody asks for it, since
/// it takes more memory than all else of a server that nobody asks for anything.
pub fn pages(title: &str, document: impl FnOnce() -> OpenApi + Send + 'static) -> Router {
    let title = escaped(title);
    let docs = DOCS_PAGE.replace("{title}", &title);
    let redoc = redoc::PAGE.replace("{title}", &title);
    let document = Arc::new(LazyLock::new(|| {
        document().to_json().expect("strings and numbers are JSON")
    }));
    let swagger = Arc::new(swagger());
    Router::new()
        .route(DOCS, page(DOCS, get(async || Html(docs))))
        .route(REDOC, page(REDOC, get(async || Html(redoc))))
        .route(
            ASSETS,
            page(
                ASSETS,
                get(async |Path(path): Path<String>, headers: HeaderMap| {
                    asset(&path, swagger, &headers)
                }),
            ),
        )
        .route(DOCUMENT, page(DOCUMENT, get(async move || json(&document))))
        .layer(SetResponseHeaderLayer::overriding(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ))
}

/// Swagger UI would have a server of its vendor judge the document.
fn swagger() -> Config<'static> {
    Config::from(DOCUMENT)
        .validator_url("none")
        .display_request_duration(true)
        .display_operation_id(true)
}

fn page(path: &'static str, routes: MethodRouter) -> MethodRouter {
    named(path, routes.fallback(async || Problem::Method("GET, HEAD")))
}

fn json(document: &str) -> Response {
    let headers = [(CONTENT_TYPE, "application/json")];
    (headers, document.to_owned()).into_response()
}

/// A file below the documentation page.
fn asset(path: &str, config: Arc<Config<'static>>, headers: &HeaderMap) -> Response {
    if let Some(asset) = redoc::asset(path) {
        return file(
            asset.media_type.to_owned(),
            asset.gzip.into(),
            true,
            headers,
        );
    }
    // The name that the reference and other servers of its kind have for it.
    let path = match path {
        "oauth2-redirect" => "oauth2-redirect.html",
        path => path,
    };
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(found)) => file(found.content_type, found.bytes, found.gzpipped, headers),
        Ok(None) | Err(_) => Problem::NoRoute.into_response(),
    }
}

/// Files are kept compressed; who does not take them so gets them plain.
fn file(media_type: String, bytes: Cow<'_, [u8]>, is_gzip: bool, asked: &HeaderMap) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "max-age=3600".to_owned()),
        (VARY, ACCEPT_ENCODING.as_str().to_owned()),
    ];
    if !is_gzip {
        return (headers, bytes.into_owned()).into_response();
    }
    if takes_gzip(asked) {
        let encoding = [(CONTENT_ENCODING, "gzip")];
        return (headers, encoding, bytes.into_owned()).into_response();
    }
    let mut plain = Vec::new();
    GzDecoder::new(bytes.as_ref())
        .read_to_end(&mut plain)
        .expect("the build compressed it");
    (headers, plain).into_response()
}

/// Whether `Accept-Encoding` (RFC 9110, section 12.5.3) names gzip, or anything,
/// and does not weigh it as nothing.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let taken = codings.filter_map(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::trim);
        let is_refused = weight.is_some_and(|it| it.parse() == Ok(0.0));
        let name = name.trim();
        let is_meant = name == "*" || name.eq_ignore_ascii_case("gzip");
        is_meant.then_some(!is_refused)
    });
    taken.take(1).any(|is_taken| is_taken)
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
