//! The OpenAPI document: what the operations do not say themselves, and the
//! pages that show it.

mod answers;
mod operation;
mod pages;
mod redoc;

use flyte_webhook_core::endpoint::Group;
use utoipa::openapi::{
    Info, OpenApi, OpenApiBuilder, Paths, Server,
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    tag::{Tag, TagBuilder},
};

pub use self::{
    operation::{describe, describe_other},
    pages::pages,
};
use super::Api;

/// The page of Swagger UI.
pub const DOCS: &str = "/docs";
/// The document.
pub const DOCUMENT: &str = "/openapi.json";
/// The page of ReDoc.
pub const REDOC: &str = "/redoc";

/// The name of the security scheme.
const BEARER: &str = "bearer";

const CREDENTIALS: &str = "Forwarded to the control plane, which judges it. \
    An API key of Flyte for this control plane is exchanged for an access token first. \
    A server that `flyte-webhook dev` started takes any token, such as `dev`.";

/// The document before any endpoint is added.
pub fn info(api: &Api) -> OpenApi {
    let mut info = Info::new(api.title.as_str(), "1.0.0");
    info.description = Some(api.description.clone());
    let server = api
        .public_url
        .as_ref()
        .map(|url| Server::new(url.as_str().trim_end_matches('/')));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(CREDENTIALS));
    let mut components = answers::components();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    let is_on = |group: &Group| api.endpoints.iter().any(|it| it.group() == *group);
    let groups = Group::ALL.into_iter().filter(is_on);
    OpenApiBuilder::new()
        .info(info)
        .servers(server.map(|server| [server]))
        .paths(Paths::new())
        .components(Some(components))
        .security(Some([SecurityRequirement::new(BEARER, [""; 0])]))
        .tags(Some(groups.map(tag)))
        .build()
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

fn tag(group: Group) -> Tag {
    let description = match group {
        Group::Core => "Whether the server is there, and who asks",
        Group::Task => "What tasks take, and starting one",
        Group::Run => "How runs are, what went in and came out, and ending one",
        Group::App => "The state of apps, starting, stopping and calling one",
        Group::Trigger => "Letting triggers fire, or not",
        Group::Build => "Building images",
        Group::Prefetch => "Fetching models ahead of their use",
    };
    TagBuilder::new()
        .name(group.name())
        .description(Some(description))
        .build()
}
