//! Adds a record of each request to the audit log.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use flyte_webhook_core::policy::Denied;
use http::Method;
use jiff::Timestamp;

use super::{
    chain::{Next, Request},
    passthrough_auth::is_open,
    request_id::RequestId,
};
use crate::{
    audit::{Auditor, Decision, Effect, Pending, Record, Resource, Slot, Trail},
    http::Problem,
    metrics::method_word,
    trace::Context,
};

/// The audit log, and the time.
#[derive(Clone)]
pub struct Audit {
    /// The log.
    pub auditor: Auditor,
    /// The time.
    pub now: fn() -> Timestamp,
}

impl Audit {
    /// Itself, where there is a log.
    pub fn any(&self) -> Option<Self> {
        self.auditor.is_on().then(|| self.clone())
    }
}

/// Takes a place for a record before anything is done, and writes the record when
/// it is known what came of it. What is open to everyone does nothing that anybody
/// would want to know.
pub async fn audit(State(audit): State<Audit>, request: Request, next: Next) -> Response {
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    recorded(audit, request, next).await
}

/// The same for what administrators change. What they look at is asked every few
/// seconds, by whoever counts and by the dashboard, and changes nothing.
pub async fn audit_changes(audit: State<Audit>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    recorded(audit.0, request, next).await
}

async fn recorded(audit: Audit, request: Request, next: Next) -> Response {
    let Audit { auditor, now } = audit;
    let Ok(slot) = auditor.reserve(effect(request.method())) else {
        return Problem::NoAudit.into_response();
    };
    let pending = pending(slot, &request, now());
    let response = next.run(request).await;
    answered(pending, &response);
    response
}

/// By the method alone: what a request is for shows when its place is taken.
fn effect(method: &Method) -> Effect {
    if method.is_safe() {
        Effect::Reads
    } else {
        Effect::Changes
    }
}

fn pending(slot: Slot, request: &Request, time: Timestamp) -> Pending {
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(RequestId::as_str);
    let trace = extensions.get::<Context>();
    let record = Record {
        request_id: id.map(str::to_owned),
        trace_id: trace.map(|trace| trace.trace_id().to_string()),
        method: Some(method_word(request.method())),
        ..Record::at(time)
    };
    let trail = extensions.get::<Trail>().cloned().unwrap_or_default();
    Pending::new(slot, trail, record)
}

fn answered(pending: Pending, response: &Response) {
    let problem = response.extensions().get::<Arc<Problem>>();
    let problem = problem.map(|problem| &**problem);
    if let Some(Problem::Denied(denied)) = problem {
        pending.trail().about(resource(denied));
    }
    if let Some(run) = problem.and_then(Problem::run) {
        pending.trail().run(run);
    }
    pending.ended(|record| {
        let denied_by = problem.and_then(Problem::denied_by);
        record.decision = denied_by.map_or(Decision::Allowed, Decision::Denied);
        record.status = Some(response.status().as_u16());
        record.code = problem.map(|problem| problem.answer().code);
    });
}

fn resource(denied: &Denied) -> Resource {
    match denied {
        Denied::Task(id) => Resource::Task(id.clone()),
        Denied::App(id) => Resource::App(id.clone()),
        Denied::Trigger(id) => Resource::Trigger(id.clone()),
    }
}
