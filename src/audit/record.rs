//! One record, as it is written.

use std::{borrow::Cow, net::IpAddr};

use flyte_webhook_core::id::RunName;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::trail::Facts;

/// Something that was asked for, and what came of it.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it was asked for.
    pub time: Timestamp,
    /// The id of the request, or of what else asked.
    pub request_id: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
    /// The method of a request.
    pub method: Option<&'static str>,
    /// Who asked what, on which resource.
    pub facts: Facts,
    /// Whether it was permitted.
    pub decision: Decision,
    /// The status of the answer; none where there was no answer.
    pub status: Option<u16>,
    /// The stable word for what went wrong.
    pub code: Option<&'static str>,
}

/// Whether something was permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// By the rules of [`Facts`].
    Allowed,
    /// By this rule: a key of the configuration, or `control_plane`.
    Denied(Cow<'static, str>),
}

/// The members of a record, whose names are those of the log.
#[derive(Serialize)]
pub(super) struct Members<'a> {
    #[serde(serialize_with = "in_utc")]
    time: Timestamp,
    #[serde(rename = "request.id")]
    request_id: Option<&'a str>,
    trace_id: Option<&'a str>,
    #[serde(rename = "caller.kind")]
    caller_kind: &'static str,
    #[serde(rename = "caller.id")]
    caller_id: Option<&'a str>,
    #[serde(rename = "caller.hash")]
    caller_hash: Option<String>,
    #[serde(rename = "client.address")]
    client: Option<IpAddr>,
    #[serde(rename = "http.request.method")]
    method: Option<&'static str>,
    action: Option<&'a str>,
    #[serde(rename = "resource.kind")]
    resource_kind: Option<&'static str>,
    #[serde(rename = "resource.id")]
    resource_id: Option<String>,
    decision: &'static str,
    rules: Vec<&'a str>,
    #[serde(rename = "http.response.status_code")]
    status: Option<u16>,
    #[serde(rename = "error.code")]
    code: Option<&'static str>,
    #[serde(rename = "run.name")]
    run: Option<&'a str>,
}

/// A time as the log writes it, to the microsecond.
pub(super) fn in_utc<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.6}"))
}

impl Record {
    /// Whether anybody at all could have caused this: a failure of a caller whom
    /// this server has not verified.
    pub(super) fn is_a_strangers_failure(&self) -> bool {
        let has_failed = self.status.is_none_or(|status| status >= 400);
        has_failed && !self.facts.who.is_verified()
    }

    pub(super) fn members(&self) -> Members<'_> {
        let Facts {
            client,
            who,
            action,
            resource,
            rules,
            run,
            upstream: _,
        } = &self.facts;
        let mut rules: Vec<&str> = rules.iter().map(|rule| &**rule).collect();
        let decision = match &self.decision {
            Decision::Allowed => "allowed",
            Decision::Denied(rule) => {
                rules.push(rule);
                "denied"
            }
        };
        Members {
            time: self.time,
            request_id: self.request_id.as_deref(),
            trace_id: self.trace_id.as_deref(),
            caller_kind: who.kind(),
            caller_id: who.id(),
            caller_hash: who.hash(),
            client: *client,
            method: self.method,
            action: action.as_deref(),
            resource_kind: resource.as_ref().map(super::Resource::kind),
            resource_id: resource.as_ref().map(ToString::to_string),
            decision,
            rules,
            status: self.status,
            code: self.code,
            run: run.as_ref().map(RunName::as_str),
        }
    }
}
