//! Launching what is in the inbox, by the hooks as they are configured now.

use std::time::Duration;

use flyte_webhook_core::{
    hook::rule::Rule,
    json::{self, Limits, Value},
};
use tokio::sync::watch;

use super::{
    Failure, Hooks, Occasion,
    start::{Order, Started},
};
use crate::{
    inbox::{Job, Launcher, Outcome},
    trace::Span,
};

/// How soon a run is looked at again that was just started, and one that was not.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const NEXT_LOOK: Duration = Duration::from_secs(2);

/// Launches what is in the inbox.
pub struct HookLauncher {
    /// The hooks of the configuration that is in force; none before the first.
    current: watch::Receiver<Option<Hooks>>,
}

impl HookLauncher {
    /// One that launches by the hooks that are in force.
    pub fn new(current: watch::Receiver<Option<Hooks>>) -> Self {
        Self { current }
    }
}

impl Launcher for HookLauncher {
    async fn launch(&self, job: &Job) -> Outcome {
        let mut current = self.current.clone();
        let hooks = current.wait_for(Option::is_some).await;
        let hooks = hooks.ok().and_then(|hooks| hooks.clone());
        match hooks {
            Some(hooks) => hooks.launch(job).await,
            None => retry("server_stopping"),
        }
    }
}

impl Hooks {
    async fn launch(&self, job: &Job) -> Outcome {
        // A hook that is gone may come back: the letter can be replayed.
        let Some(hook) = self.named(&job.hook) else {
            return refused("hook_not_configured");
        };
        // What may run is the configuration's to say, not the inbox's.
        let Some(rule) = hook
            .rules
            .iter()
            .find(|rule| rule.task.to_string() == job.task)
        else {
            return refused("task_not_configured");
        };
        let Some(order) = order(rule, job) else {
            return refused("inputs_unreadable");
        };
        let mut span = self.0.tracer.consumer(job.trace.clone());
        describe(&mut span, job);
        let occasion = Occasion::attempt(hook, job, span.context().clone());
        let started = self.start(hook, &order, &occasion).await;
        if let Err(failure) = &started {
            span.fail(failure.code());
        }
        outcome(started)
    }
}

/// What a collector is told of an attempt.
fn describe(span: &mut Span, job: &Job) {
    span.name(|| "launch".into());
    span.set("flyte_webhook.hook.name", || job.hook.clone());
    span.set("flyte_webhook.task.id", || job.task.clone());
    span.set("flyte_webhook.delivery.id", || job.delivery.0.to_string());
}

fn outcome(started: Result<Started, Failure>) -> Outcome {
    match started {
        Ok(started) => {
            let run = started.known.run.name.to_string();
            let again = if started.is_repeated {
                NEXT_LOOK
            } else {
                FIRST_LOOK
            };
            if started.known.has_left_the_queue() {
                Outcome::Launched { run }
            } else {
                Outcome::Queued { run, again }
            }
        }
        Err(failure) if failure.is_final() => Outcome::Refused {
            reason: reason(&failure),
        },
        Err(failure) => Outcome::Retry {
            after: failure.retry_after(),
            reason: reason(&failure),
        },
    }
}

/// What the inbox holds was bounded when it came; rules put a little around it.
const STORED: Limits = Limits {
    depth: 256,
    elements: usize::MAX,
};

fn order(rule: &Rule, job: &Job) -> Option<Order> {
    let inputs = match json::parse(job.inputs.as_bytes(), &STORED).ok()? {
        Value::Object(inputs) => inputs,
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::String(_)
        | Value::Array(_) => return None,
    };
    Some(Order {
        task: rule.task.clone(),
        version: job.version.clone(),
        inputs,
        key: job.key.clone(),
        labels: job.labels.clone(),
        replays: job.replays,
        is_known: job.run.is_some(),
    })
}

/// A code, with the inputs that do not fit where that is it.
fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Unfit { reason, .. } => format!("{}: {reason}", failure.code()),
        Failure::Identity(_)
        | Failure::LookUp(_)
        | Failure::NoTask { .. }
        | Failure::Launch(_)
        | Failure::Audit(_) => failure.code().to_owned(),
    }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused {
        reason: reason.to_owned(),
    }
}

fn retry(reason: &str) -> Outcome {
    Outcome::Retry {
        after: None,
        reason: reason.to_owned(),
    }
}
