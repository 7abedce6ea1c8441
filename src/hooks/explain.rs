//! What would come of a delivery, step by step and without a side effect.

use flyte_webhook_core::{
    hook::{
        event::Event,
        headers::Headers,
        rule::Outcome,
        scheme::{Refusal, Unverified},
        source::Incoming,
    },
    json::{Document, Object, Value},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{
    Failure, Hooks, Occasion,
    judge::{Earlier, delivery_id, subject, takes_scope},
    start::inputs,
};
use crate::{config::Hook, control_plane::Caller};

/// What would come of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The hook.
    pub hook: String,
    /// Who sends.
    pub source: &'static str,
    /// What the answer would be: `launched`, `ignored`, `handshake`, `rejected`,
    /// `unreadable` or `unmapped`, were the control plane to take the runs.
    pub outcome: &'static str,
    /// Which secret vouches for it, counted from 1, or why none does.
    pub signature: Step,
    /// Whether it was signed in time.
    pub time: Step,
    /// Whether its body can be read.
    pub body: Step,
    /// What is known of the event, without its payload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Json>,
    /// Whether the hook takes the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Step>,
    /// What each rule makes of it.
    pub rules: Vec<RuleExplanation>,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Whether it is as it should be.
    pub ok: bool,
    /// A stable word where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The same in words.
    pub detail: String,
}

/// What a rule makes of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct RuleExplanation {
    /// The rule, counted from 1.
    pub rule: usize,
    /// The task.
    pub task: String,
    /// Whether it applies and the inputs can be told.
    pub outcome: &'static str,
    /// Why not, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What makes two deliveries the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Json>,
    /// Whether they fit the task as it is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit: Option<Step>,
}

impl Step {
    fn ok(detail: impl Into<String>) -> Self {
        Self {
            ok: true,
            reason: None,
            detail: detail.into(),
        }
    }

    fn failed(reason: &'static str, detail: &dyn std::fmt::Display) -> Self {
        Self {
            ok: false,
            reason: Some(reason),
            detail: detail.to_string(),
        }
    }

    fn of<T>(result: &Result<T, Refusal>, ok: impl FnOnce(&T) -> String) -> Self {
        match result {
            Ok(value) => Self::ok(ok(value)),
            Err(refusal) => Self::failed(refusal.code(), refusal),
        }
    }
}

/// What would come of a delivery, as far as the control plane is not asked.
pub fn explain(hook: &Hook, headers: &Headers, body: &[u8], now: Timestamp) -> Explanation {
    let delivery = Unverified::new(headers, body);
    let examination = hook.verifier.examine(&delivery, now);
    let signature = Step::of(&examination.signature, |index| {
        format!("secret {} of {} vouches for it", index + 1, hook.secrets)
    });
    let time = Step::of(&examination.time, |at| match at {
        Some(at) => format!("signed at {at}"),
        None => "no time is signed".to_owned(),
    });
    let mut explanation = Explanation {
        hook: hook.name.to_string(),
        source: hook.reader.source.name(),
        outcome: "rejected",
        signature,
        time,
        body: Step::ok("it can be read"),
        event: None,
        scope: None,
        rules: Vec::new(),
    };
    let unsigned = hook
        .reader
        .unsigned_handshake(&delivery)
        .map(Incoming::Handshake);
    let is_answered = unsigned.is_some();
    let incoming = unsigned.map_or_else(|| hook.reader.preview(&delivery), Ok);
    let outcome = match incoming {
        Ok(Incoming::Handshake(handshake)) => {
            explanation.body.detail = format!("it is the handshake {}", handshake.kind);
            "handshake"
        }
        Ok(Incoming::Event(event, payload)) => explanation.add_event(hook, &event, &payload, body),
        Err(error) => {
            explanation.body = Step::failed("unreadable", &error);
            "unreadable"
        }
    };
    if is_answered || (explanation.signature.ok && explanation.time.ok) {
        explanation.outcome = outcome;
    }
    explanation
}

impl Explanation {
    fn add_event(
        &mut self,
        hook: &Hook,
        event: &Event,
        payload: &Document<'_>,
        body: &[u8],
    ) -> &'static str {
        let id = delivery_id(event, body);
        self.event = Some(described(event, &id));
        let is_taken = takes_scope(hook, event);
        self.scope = hook.scopes.as_ref().map(|_| {
            if is_taken {
                Step::ok("the hook takes it")
            } else {
                Step::failed("scope_not_allowed", &"the hook does not take it")
            }
        });
        let qualified_type = event.qualified_type();
        let subject = subject(event, payload, &qualified_type, &id);
        let mut earlier = Earlier::default();
        for (index, rule) in hook.rules.iter().enumerate() {
            let outcome = earlier.apply(rule, &subject, &id);
            let task = rule.task.to_string();
            let explained = explained(index + 1, task, &outcome);
            let inputs = match outcome {
                Outcome::Launch(mapped) => serde_json::to_value(Value::Object(mapped.inputs)).ok(),
                Outcome::Skipped(_) | Outcome::Failed(_) => None,
            };
            self.rules.push(RuleExplanation {
                inputs,
                ..explained
            });
        }
        let any = |outcome: &str| self.rules.iter().any(|rule| rule.outcome == outcome);
        match () {
            () if !is_taken => "ignored",
            () if any("failed") => "unmapped",
            () if any("applies") => "launched",
            () => "ignored",
        }
    }
}

/// An event, with the id of its delivery.
pub(super) fn described(event: &Event, id: &str) -> Json {
    json!({
        "provider": event.provider,
        "type": event.event_type,
        "action": event.action,
        "qualified_type": event.qualified_type(),
        "delivery_id": id,
        "resource_id": event.resource_id,
        "occurred_at": event.occurred_at,
        "scope": event.scope,
        "title": event.title,
        "url": event.url,
        "actor": event.actor,
    })
}

/// What a rule makes of a delivery, without the inputs.
pub(super) fn explained(rule: usize, task: String, outcome: &Outcome) -> RuleExplanation {
    let base = RuleExplanation {
        rule,
        task,
        outcome: "applies",
        reason: None,
        key: None,
        inputs: None,
        fit: None,
    };
    match outcome {
        Outcome::Skipped(skip) => RuleExplanation {
            outcome: "skipped",
            reason: Some(skip.code().to_owned()),
            ..base
        },
        Outcome::Failed(failure) => RuleExplanation {
            outcome: "failed",
            reason: Some(failure.to_string()),
            ..base
        },
        Outcome::Launch(mapped) => RuleExplanation {
            key: Some(mapped.key.clone()),
            ..base
        },
    }
}

impl Hooks {
    /// The same, with the inputs checked against the tasks as they are deployed.
    pub async fn explain(
        &self,
        hook: &Hook,
        headers: &Headers,
        body: &[u8],
        occasion: &Occasion,
    ) -> Explanation {
        let mut explanation = explain(hook, headers, body, self.now());
        if explanation.rules.iter().all(|rule| rule.inputs.is_none()) {
            return explanation;
        }
        let admitted = match self.caller(hook, &occasion.part()).await {
            Ok(admitted) => admitted,
            Err(error) => {
                let failure = Failure::Identity(error);
                let applies = explanation
                    .rules
                    .iter_mut()
                    .filter(|it| it.inputs.is_some());
                applies.for_each(|it| it.fit = Some(Step::failed(failure.code(), &failure)));
                return explanation;
            }
        };
        for (explained, rule) in explanation.rules.iter_mut().zip(&hook.rules) {
            let Some(given) = explained.inputs.clone() else {
                continue;
            };
            let Value::Object(given) = given.into() else {
                continue;
            };
            explained.fit = Some(self.fit(&admitted.caller, rule, &given).await);
        }
        explanation
    }

    async fn fit(
        &self,
        caller: &Caller,
        rule: &flyte_webhook_core::hook::rule::Rule,
        given: &Object,
    ) -> Step {
        let task = match self.task(caller, &rule.task, rule.version.as_deref()).await {
            Ok(task) => task,
            Err(failure) => return Step::failed(failure.code(), &failure),
        };
        match inputs(&rule.task, &task, given) {
            Ok(_) => Step::ok(format!("version {} takes them", task.identifier.version)),
            Err(failure) => Step::failed(failure.code(), &failure),
        }
    }
}
