//! One record, as it is written.

use std::{borrow::Cow, net::IpAddr};

use flyte_webhook_core::id::RunName;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::trail::Facts;

/// The words for the two kinds.
const REQUEST: &str = "request";
const LAUNCH: &str = "launch";

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
    /// What came of a launch on behalf of a hook; none of a request.
    pub launch: Option<Launch>,
}

/// What a record says of a launch, and of no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// What came of it, as a stable word.
    pub outcome: &'static str,
    /// The number of the delivery in the inbox, if it came from there.
    pub delivery: Option<i64>,
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
    #[serde(flatten)]
    launch: Option<LaunchMembers>,
}

#[derive(Serialize)]
struct LaunchMembers {
    #[serde(rename = "launch.outcome")]
    outcome: &'static str,
    #[serde(rename = "delivery.id")]
    delivery: Option<i64>,
}

/// A time as the log writes it, to the microsecond.
pub(super) fn in_utc<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.6}"))
}

impl Record {
    /// Something that is asked for at this time.
    pub fn at(time: Timestamp) -> Self {
        Self {
            time,
            request_id: None,
            trace_id: None,
            method: None,
            facts: Facts::default(),
            decision: Decision::Allowed,
            status: None,
            code: None,
            launch: None,
        }
    }

    /// What kind it is of.
    pub(super) fn event(&self) -> &'static str {
        match self.launch {
            Some(_) => LAUNCH,
            None => REQUEST,
        }
    }

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
            denied: _,
            delivery: _,
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
            launch: self.launch.map(|launch| LaunchMembers {
                outcome: launch.outcome,
                delivery: launch.delivery,
            }),
        }
    }
}
