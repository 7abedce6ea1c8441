//! What every operation says the same way, put in where it is served.

use flyte_webhook_core::endpoint::Endpoint;
use utoipa::openapi::{
    Paths, RefOr, Response,
    link::{Link, LinkBuilder},
    path::Operation,
};

use super::answers::{self, RATE_LIMIT, REQUEST_ID};
use crate::http::Api;

/// The status under which operations document a run that did not succeed; which
/// it is, the configuration says.
const FAILED_RUN: &str = "424";

/// What can be asked of a run, by the name of the link.
const RUN_LINKS: [(&str, Endpoint); 3] = [
    ("state", Endpoint::GetRun),
    ("io", Endpoint::GetRunIo),
    ("abort", Endpoint::AbortRun),
];

/// Puts in what the operation of an endpoint does not say itself: its names, the
/// answers that several share, the request's id, and where to go on.
pub fn describe(api: &Api, endpoint: Endpoint, mut paths: Paths) -> Paths {
    for operation in operations(&mut paths) {
        operation.operation_id = Some(endpoint.operation_id());
        operation.tags = Some(vec![endpoint.group().name().to_owned()]);
        answer(api, endpoint, operation);
        if matches!(
            endpoint,
            Endpoint::CallApp | Endpoint::BuildImage | Endpoint::PrefetchHfModel
        ) {
            leave_out_body(operation);
        }
        if matches!(endpoint, Endpoint::RunTask | Endpoint::RunTrigger) {
            link(api, operation);
        }
    }
    paths
}

/// The same for an endpoint's operation on another path, which has names of its
/// own.
pub fn describe_other(api: &Api, endpoint: Endpoint, mut paths: Paths) -> Paths {
    for operation in operations(&mut paths) {
        answer(api, endpoint, operation);
    }
    paths
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = &mut Operation> {
    let items = paths.paths.values_mut();
    items
        .flat_map(|item| [&mut item.get, &mut item.post])
        .flatten()
}

fn answer(api: &Api, endpoint: Endpoint, operation: &mut Operation) {
    let shared = answers::of(endpoint, operation);
    let responses = &mut operation.responses.responses;
    if let Some(failed) = responses.remove(FAILED_RUN) {
        responses.insert(api.failed_run_status.as_str().to_owned(), failed);
    }
    for response in responses.values_mut().filter_map(own) {
        let id = RefOr::Ref(answers::header_ref(REQUEST_ID));
        response.headers.insert(REQUEST_ID.to_owned(), id);
        if api.limits.are_told(endpoint) {
            let headers =
                RATE_LIMIT.map(|name| (name.to_owned(), RefOr::Ref(answers::header_ref(name))));
            response.headers.extend(headers);
        }
    }
    for (status, response) in shared {
        responses.entry(status).or_insert(response);
    }
}

/// A body that has a default for all that it says may itself be absent, but not null,
/// which cannot be said where the operation is written.
fn leave_out_body(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.required = None;
    }
}

/// Leads from a run that was started to what can be asked of it, as far as that
/// is served.
fn link(api: &Api, operation: &mut Operation) {
    let responses = operation.responses.responses.iter_mut();
    let started = responses.filter(|(status, _)| status.starts_with('2'));
    for response in started.filter_map(|(_, response)| own(response)) {
        let served = RUN_LINKS
            .into_iter()
            .filter(|(_, target)| api.endpoints.contains(*target));
        let links = served.map(|(name, target)| (name.to_owned(), RefOr::T(run_link(target))));
        response.links.extend(links);
    }
}

/// A response that is written out where it stands.
fn own(response: &mut RefOr<Response>) -> Option<&mut Response> {
    match response {
        RefOr::T(response) => Some(response),
        RefOr::Ref(_) => None,
    }
}

fn run_link(target: Endpoint) -> Link {
    LinkBuilder::new()
        .operation_id(target.operation_id())
        .parameter("name", "$response.body#/name")
        .build()
}
