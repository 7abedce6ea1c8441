//! The answers that operations share: what a status means, which operations may
//! give it, and what its body is.

use flyte_webhook_core::endpoint::Endpoint;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, Content, Header, Ref, RefOr, Response, ResponseBuilder,
        Type,
        header::HeaderBuilder,
        path::{Operation, Parameter, ParameterIn},
        schema::{Array, Object, Schema},
    },
};

use crate::http::{Violation, layer::problem_body::ProblemBody};

/// The name of the header with the request's id, here and below `components`.
pub(super) const REQUEST_ID: &str = "X-Request-Id";
const AUTHENTICATE: &str = "WWW-Authenticate";
const RETRY_AFTER: &str = "Retry-After";
/// The names of the headers about limits.
pub(super) const RATE_LIMIT: [&str; 2] = ["RateLimit-Policy", "RateLimit"];

/// The names of the schemas.
const PROBLEM: &str = "Problem";
const INVALID: &str = "HTTPValidationError";
const INVALID_STANDARD: &str = "ValidationProblem";

/// Which operations give an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// All of them.
    Always,
    /// Those that need credentials, all of which ask the control plane.
    Upstream,
    /// Those that take a query or a body.
    Input,
    /// Those that take a body.
    Body,
    /// The one that calls apps, whose errors are passed on.
    Call,
}

/// One answer that operations share.
struct Shared {
    status: &'static str,
    name: &'static str,
    when: When,
    description: &'static str,
}

const fn shared(
    status: &'static str,
    name: &'static str,
    when: When,
    description: &'static str,
) -> Shared {
    Shared {
        status,
        name,
        when,
        description,
    }
}

#[rustfmt::skip]
const SHARED: [Shared; 20] = [
    shared("400", "BadRequest", When::Upstream, "The request is not understood: its body is no text that JSON could be, it is about this server itself, or the control plane refuses it"),
    shared("401", "Unauthorized", When::Upstream, "There are no credentials, or they are not valid here or not for the control plane"),
    shared("403", "Forbidden", When::Upstream, "An allowlist, or the control plane, does not permit it"),
    shared("404", "NotFound", When::Upstream, "There is no such thing, or none that may be seen"),
    shared("408", "RequestTimeout", When::Body, "The body did not arrive within `limits.body_timeout`"),
    shared("409", "Conflict", When::Upstream, "The state of what it is about does not permit it"),
    shared("413", "ContentTooLarge", When::Body, "The body is larger than `limits.max_body_bytes`"),
    shared("414", "UriTooLong", When::Always, "The request's target is longer than `limits.max_uri_bytes`"),
    shared("422", "UnprocessableContent", When::Input, "A header, the query or the body does not fit; `detail` says where"),
    shared("429", "TooManyRequests", When::Upstream, "A limit of `limits.rate`, or a quota of the control plane, is used up"),
    shared("431", "HeadersTooLarge", When::Always, "The headers are more, or larger, than `limits` allow"),
    shared("500", "InternalServerError", When::Always, "This server failed"),
    shared("501", "NotImplemented", When::Upstream, "The control plane does not offer it"),
    shared("502", "BadGateway", When::Upstream, "The control plane or its authorization server failed, or made no sense"),
    shared("503", "ServiceUnavailable", When::Upstream, "The control plane or its authorization server cannot be reached, or too much is asked at once"),
    shared("504", "GatewayTimeout", When::Always, "It took longer than `limits` allow"),
    shared("508", "LoopDetected", When::Always, "The request has come through this server before"),
    shared("3XX", "AppRedirect", When::Call, "The app redirects, with this status; redirects are not followed"),
    shared("4XX", "AppRefusal", When::Call, "The app refuses the call, with this status"),
    shared("5XX", "AppFailure", When::Call, "The app failed, with this status"),
];

impl Shared {
    fn response(&self) -> Response {
        let (plain, standard) = match self.status {
            "422" => (INVALID, INVALID_STANDARD),
            _ => (PROBLEM, PROBLEM),
        };
        let content = |schema| Content::new(Some(Ref::from_schema_name(schema)));
        let response = ResponseBuilder::new()
            .description(self.description)
            .header_ref(REQUEST_ID, header_ref(REQUEST_ID))
            .content("application/json", content(plain))
            .content("application/problem+json", content(standard));
        let [policy, limit] = RATE_LIMIT;
        let own_headers: &[&str] = match self.status {
            "401" => &[AUTHENTICATE],
            "429" => &[RETRY_AFTER, policy, limit],
            "503" => &[RETRY_AFTER],
            _ => &[],
        };
        let response = own_headers.iter().fold(response, |response, name| {
            response.header_ref(*name, header_ref(name))
        });
        response.build()
    }
}

/// The schemas, answers and headers that operations refer to.
pub(super) fn components() -> Components {
    let [policy, limit] = RATE_LIMIT;
    let responses = SHARED.iter().map(|it| (it.name, it.response()));
    ComponentsBuilder::new()
        .schema(Violation::name(), Violation::schema())
        .schemas_from_iter(problems())
        .header(
            REQUEST_ID,
            text("The caller's own id of the request where it has one, else a new one"),
        )
        .header(AUTHENTICATE, text("How to authenticate: `Bearer`"))
        .header(RETRY_AFTER, seconds("After how many seconds to try again"))
        .header(
            policy,
            text("Of each limit its name, and how many requests in how many seconds: `\"caller\";q=600;w=60`"),
        )
        .header(
            limit,
            text("Of each limit how many requests are left, and in how many seconds there are more: `\"caller\";r=599;t=1`"),
        )
        .responses_from_iter(responses)
        .build()
}

/// The shared answers that an operation may give, by status.
pub(super) fn of(
    endpoint: Endpoint,
    operation: &Operation,
) -> impl Iterator<Item = (String, RefOr<Response>)> + use<> {
    let has_body = operation.request_body.is_some();
    let has_query = operation.parameters.iter().flatten().any(is_query);
    let gives = move |when: When| match when {
        When::Always => true,
        When::Upstream => !endpoint.is_public(),
        When::Input => has_query || has_body,
        When::Body => has_body,
        When::Call => endpoint == Endpoint::CallApp,
    };
    let fitting = SHARED.iter().filter(move |it| gives(it.when));
    fitting.map(|it| {
        let response = Ref::from_response_name(it.name);
        (it.status.to_owned(), response.into())
    })
}

/// A header of `components`.
pub(super) fn header_ref(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    }
}

fn text(description: &str) -> Header {
    header(Type::String, description)
}

fn seconds(description: &str) -> Header {
    header(Type::Integer, description)
}

fn header(of: Type, description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(of)))
        .description(Some(description))
        .build()
}

/// The body of an error answer, and the two forms of it where the request does
/// not fit: FastAPI's list in `detail`, and the standard's text beside `errors`.
fn problems() -> [(&'static str, RefOr<Schema>); 3] {
    let RefOr::T(Schema::Object(problem)) = ProblemBody::schema() else {
        unreachable!("it is a struct with named fields");
    };
    let violations = || Array::new(Ref::from_schema_name(Violation::name()));
    let mut invalid = problem.clone();
    invalid
        .properties
        .insert("detail".to_owned(), violations().into());
    let mut standard = problem.clone();
    standard
        .properties
        .insert("errors".to_owned(), violations().into());
    let schema = |object| RefOr::T(Schema::Object(object));
    [
        (PROBLEM, schema(problem)),
        (INVALID, schema(invalid)),
        (INVALID_STANDARD, schema(standard)),
    ]
}
