//! What there is to be said of a delivery, without doing anything about it.

use std::collections::HashSet;

use data_encoding::HEXLOWER;
use flyte_webhook_core::{
    hook::{
        event::{self, Event},
        expression::Subject,
        headers::Headers,
        rule::{self, Outcome, Rule, Skip},
        scheme::{Delivery, Refusal, Unverified, Verified},
        source::{Handshake, Incoming},
    },
    id::TaskId,
    json::{Document, Object},
    policy::Permit,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::explain::{RuleExplanation, explained};
use crate::config::Hook;

/// What is to be done about a delivery that is believed.
pub enum Judged {
    /// The provider looks whether anyone is there.
    Handshake(Handshake),
    /// Something happened.
    Event(Box<Judgement>),
}

/// An event that is believed, and what the rules make of it.
pub struct Judgement {
    /// The event.
    pub event: Event,
    /// What tells the delivery from others: the provider's id or, where it has
    /// none, the hash of the body.
    pub delivery_id: String,
    /// When it was signed, where that is signed, too.
    pub signed_at: Option<Timestamp>,
    /// Which secret vouches for it, counted from 0.
    pub secret: usize,
    /// What each rule makes of it, without the inputs.
    pub rules: Vec<RuleExplanation>,
    /// What is to be started, or why nothing is.
    pub tasks: Result<Vec<TaskRequest>, Reason>,
}

/// A task to start.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRequest {
    /// The task.
    pub task: Permit<TaskId>,
    /// Its version, the latest without.
    pub version: Option<String>,
    /// The inputs by name.
    pub inputs: Object,
    /// One run for each key.
    pub key: String,
}

/// Why a delivery that is believed starts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is of a scope that the hook does not take.
    ScopeNotAllowed,
    /// No rule applies.
    NoRuleMatched,
}

impl Reason {
    /// A stable word for it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ScopeNotAllowed => "scope_not_allowed",
            Self::NoRuleMatched => "no_rule_matched",
        }
    }
}

/// Why a delivery is not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Rejected {
    /// It is not believed.
    #[error(transparent)]
    Unverified(#[from] Refusal),
    /// It is believed, and cannot be read.
    #[error(transparent)]
    Unreadable(#[from] event::Error),
    /// A rule applies, and its inputs or its key cannot be told.
    #[error("rule {}: {failure}", index + 1)]
    Unmapped {
        /// Which rule.
        index: usize,
        /// What of it.
        failure: rule::Failure,
    },
}

impl Rejected {
    /// A stable word for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unverified(_) => "unverified",
            Self::Unreadable(_) => "unreadable",
            Self::Unmapped { .. } => "unmapped",
        }
    }
}

/// Believes a delivery or not.
pub fn verify<'a>(
    hook: &Hook,
    headers: &'a Headers,
    body: &'a [u8],
    now: Timestamp,
) -> Result<Result<Verified<Delivery<'a>>, Handshake>, Rejected> {
    let delivery = Unverified::new(headers, body);
    // What some send without a signature, and whose answer says nothing.
    if let Some(handshake) = hook.reader.unsigned_handshake(&delivery) {
        return Ok(Err(handshake));
    }
    Ok(Ok(hook.verifier.verify(delivery, now)?))
}

/// Says what is to be done about a delivery that is believed.
pub fn judge(hook: &Hook, delivery: &Verified<Delivery<'_>>) -> Result<Judged, Rejected> {
    let (event, payload) = match hook.reader.read(delivery)? {
        Incoming::Handshake(handshake) => return Ok(Judged::Handshake(handshake)),
        Incoming::Event(event, payload) => (*event, payload),
    };
    let delivery_id = delivery_id(&event, delivery.body());
    let (rules, tasks) = tasks(hook, &event, &payload, &delivery_id)?;
    Ok(Judged::Event(Box::new(Judgement {
        secret: delivery.secret(),
        rules,
        tasks,
        delivery_id,
        signed_at: delivery.signed_at(),
        event,
    })))
}

/// What tells a delivery from others.
pub(super) fn delivery_id(event: &Event, body: &[u8]) -> String {
    let id = event.delivery_id.clone().filter(|id| !id.is_empty());
    id.unwrap_or_else(|| format!("body-{}", HEXLOWER.encode(&Sha256::digest(body))))
}

/// Whether a hook takes events of this scope.
pub(super) fn takes_scope(hook: &Hook, event: &Event) -> bool {
    hook.scopes.as_ref().is_none_or(|scopes| {
        let scope = event.scope.as_ref();
        scope.is_some_and(|scope| scopes.contains(scope))
    })
}

/// What rules see of an event.
pub(super) fn subject<'a>(
    event: &'a Event,
    payload: &'a Document<'_>,
    qualified_type: &'a str,
    delivery_id: &'a str,
) -> Subject<'a> {
    let fields = [
        ("provider", Some(event.provider)),
        ("type", Some(event.event_type.as_str())),
        ("action", event.action.as_deref()),
        ("qualified_type", Some(qualified_type)),
        ("delivery_id", Some(delivery_id)),
        ("resource_id", event.resource_id.as_deref()),
        ("occurred_at", event.occurred_at.as_deref()),
        ("scope", event.scope.as_deref()),
        ("title", event.title.as_deref()),
        ("url", event.url.as_deref()),
        ("actor", event.actor.as_deref()),
    ];
    Subject::new(fields, payload.root())
}

/// The runs that the rules before start.
#[derive(Default)]
pub(super) struct Earlier(HashSet<(String, String)>);

impl Earlier {
    /// What a rule makes of a delivery, after these: one task under one key is one run,
    /// whichever rule starts it.
    pub(super) fn apply(
        &mut self,
        rule: &Rule,
        subject: &Subject<'_>,
        delivery_id: &str,
    ) -> Outcome {
        let outcome = rule.apply(subject, delivery_id);
        if let Outcome::Launch(mapped) = &outcome
            && !self.0.insert((rule.task.to_string(), mapped.key.clone()))
        {
            return Outcome::Skipped(Skip::Repeated);
        }
        outcome
    }
}

/// What each rule makes of a delivery, and what is to be started.
type Applied = (Vec<RuleExplanation>, Result<Vec<TaskRequest>, Reason>);

fn tasks(
    hook: &Hook,
    event: &Event,
    payload: &Document<'_>,
    delivery_id: &str,
) -> Result<Applied, Rejected> {
    if !takes_scope(hook, event) {
        return Ok((Vec::new(), Err(Reason::ScopeNotAllowed)));
    }
    let qualified_type = event.qualified_type();
    let subject = subject(event, payload, &qualified_type, delivery_id);
    let (mut rules, mut tasks) = (Vec::new(), Vec::new());
    let mut earlier = Earlier::default();
    for (index, rule) in hook.rules.iter().enumerate() {
        let outcome = earlier.apply(rule, &subject, delivery_id);
        rules.push(explained(index + 1, rule.task.to_string(), &outcome));
        match outcome {
            Outcome::Skipped(_) => {}
            Outcome::Failed(failure) => return Err(Rejected::Unmapped { index, failure }),
            Outcome::Launch(mapped) => tasks.push(TaskRequest {
                task: rule.task.clone(),
                version: rule.version.clone(),
                inputs: mapped.inputs,
                key: mapped.key,
            }),
        }
    }
    if tasks.is_empty() {
        return Ok((rules, Err(Reason::NoRuleMatched)));
    }
    Ok((rules, Ok(tasks)))
}
