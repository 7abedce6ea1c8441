//! Adds a record of each request to the audit log.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use flyte_webhook_core::policy::Denied;
use http::Method;
use jiff::Timestamp;

use super::{chain::Next, passthrough_auth::is_open, request_id::RequestId};
use crate::{
    audit::{Auditor, Decision, Effect, Record, Resource, Slot, Trail},
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

/// A request whose record is to be written, whatever becomes of it.
struct Pending {
    /// Until it is written.
    slot: Option<Slot>,
    trail: Trail,
    time: Timestamp,
    request_id: Option<String>,
    trace_id: Option<String>,
    method: &'static str,
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
    if !auditor.is_on() {
        return next.run(request).await;
    }
    let Ok(slot) = auditor.reserve(effect(request.method())) else {
        return Problem::NoAudit.into_response();
    };
    let pending = Pending::new(slot, &request, now());
    let response = next.run(request).await;
    pending.answered(&response);
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

impl Pending {
    fn new(slot: Slot, request: &Request, time: Timestamp) -> Self {
        let extensions = request.extensions();
        let id = extensions.get::<RequestId>().map(RequestId::as_str);
        let trace = extensions.get::<Context>();
        Self {
            slot: Some(slot),
            trail: extensions.get::<Trail>().cloned().unwrap_or_default(),
            time,
            request_id: id.map(str::to_owned),
            trace_id: trace.map(|trace| trace.trace_id().to_string()),
            method: method_word(request.method()),
        }
    }

    fn answered(mut self, response: &Response) {
        let problem = response.extensions().get::<Arc<Problem>>();
        if let Some(Problem::Denied(denied)) = problem.map(|problem| &**problem) {
            self.trail.about(resource(denied));
        }
        if let Some(run) = problem.and_then(|problem| problem.run()) {
            self.trail.run(run);
        }
        let status = Some(response.status().as_u16());
        self.write(problem.map(|problem| &**problem), status);
    }

    fn write(&mut self, problem: Option<&Problem>, status: Option<u16>) {
        let Some(slot) = self.slot.take() else { return };
        let denied_by = problem.and_then(Problem::denied_by);
        slot.write(Record {
            time: self.time,
            request_id: self.request_id.take(),
            trace_id: self.trace_id.take(),
            method: Some(self.method),
            facts: self.trail.facts(),
            decision: denied_by.map_or(Decision::Allowed, Decision::Denied),
            status,
            code: problem.map(|problem| problem.answer().code),
        });
    }
}

/// Where the client went away, the request took too long or its handler panicked,
/// what was begun may have been done.
impl Drop for Pending {
    fn drop(&mut self) {
        self.write(None, None);
    }
}

fn resource(denied: &Denied) -> Resource {
    match denied {
        Denied::Task(id) => Resource::Task(id.clone()),
        Denied::App(id) => Resource::App(id.clone()),
        Denied::Trigger(id) => Resource::Trigger(id.clone()),
    }
}
