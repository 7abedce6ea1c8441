//! The record of a call that may start or stop something.

use axum::extract::Request;
use jiff::Timestamp;

use super::code::Code;
use crate::{
    audit::{Decision, Effect, Record, Slot, Unavailable},
    connector::Call,
    http::layer::{audit::Audit, request_id::RequestId},
    trace::Context,
};

/// What such calls do, in the audit log's words. What only asks is asked every few
/// seconds, and changes nothing.
const ACTIONS: [(&str, &str); 3] = [
    ("ExecuteTaskSync", "execute_webhook_task"),
    ("CreateTask", "create_webhook_task"),
    ("DeleteTask", "delete_webhook_task"),
];

/// A call whose record is to be written, whatever becomes of it.
pub(super) struct Pending {
    slot: Slot,
    call: Call,
    time: Timestamp,
    request_id: Option<String>,
    trace_id: Option<String>,
}

impl Pending {
    /// Takes a place for the record before anything is done, if there is to be one.
    pub(super) fn of(
        audit: &Audit,
        method: &str,
        call: &Call,
        request: &Request,
    ) -> Result<Option<Self>, Unavailable> {
        let name = method.rsplit('/').next().unwrap_or_default();
        let action = ACTIONS.iter().find(|(method, _)| *method == name);
        let Some((_, action)) = action.filter(|_| audit.auditor.is_on()) else {
            return Ok(None);
        };
        call.trail.asked(*action);
        let slot = audit.auditor.reserve(Effect::Changes)?;
        let extensions = request.extensions();
        let id = extensions.get::<RequestId>();
        let trace = extensions.get::<Context>();
        Ok(Some(Self {
            slot,
            call: call.clone(),
            time: (audit.now)(),
            request_id: id.map(|id| id.as_str().to_owned()),
            trace_id: trace.map(|trace| trace.trace_id().to_string()),
        }))
    }

    /// Writes it. The status is that which HTTP has for what gRPC says.
    pub(super) fn write(self, code: Code) {
        let facts = self.call.trail.facts();
        let denied = facts.denied.clone();
        self.slot.write(Record {
            time: self.time,
            request_id: self.request_id,
            trace_id: self.trace_id,
            method: Some("POST"),
            facts,
            decision: denied.map_or(Decision::Allowed, Decision::Denied),
            status: Some(code.status().as_u16()),
            code: code.error(),
            launch: None,
        });
    }
}
