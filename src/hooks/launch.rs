//! A launch with all that is told of it: in the audit log and in numbers.

use super::{
    Failure, Hooks, Occasion,
    start::{Order, Started},
};
use crate::{
    audit::{Decision, Effect, Launch, Pending, Record, Resource},
    config::Hook,
};

/// What is recorded where it is not known what came of it.
const UNKNOWN: &str = "unknown";

impl Hooks {
    /// The run of an order: the one that is there, or a new one. Nothing is started
    /// that could not be recorded, where the configuration wants that.
    pub(super) async fn start(
        &self,
        hook: &Hook,
        order: &Order,
        occasion: &Occasion,
    ) -> Result<Started, Failure> {
        let part = occasion.part();
        part.launches(Resource::Task(order.task.get().clone()), order.task.rule());
        let pending = self.pending(&part)?;
        let started = self.find_or_start(hook, order, &part).await;
        occasion.trail.take_in(&part.trail);
        // That a run was started is known, and it was only looked at.
        if order.is_known && started.as_ref().is_ok_and(|it| it.is_repeated) {
            pending.forget();
            return started;
        }
        let outcome = word(started.as_ref());
        self.0.metrics.hook_launched(&hook.name, outcome);
        pending.ended(|record| {
            record.launch = Some(Launch {
                outcome,
                delivery: occasion.delivery,
            });
            match &started {
                Ok(started) => record.facts.run = Some(started.known.run.name.clone()),
                Err(failure) => {
                    record.code = Some(failure.code());
                    let denied_by = failure.denied_by(&hook.name);
                    record.decision = denied_by.map_or(Decision::Allowed, Decision::Denied);
                }
            }
        });
        started
    }

    /// What is recorded of a launch, whatever comes of it.
    fn pending(&self, occasion: &Occasion) -> Result<Pending, Failure> {
        let slot = self.0.auditor.reserve(Effect::Changes)?;
        let trace = occasion.trace.as_ref();
        let record = Record {
            request_id: occasion.request_id.to_str().ok().map(str::to_owned),
            trace_id: trace.map(|trace| trace.trace_id().to_string()),
            launch: Some(Launch {
                outcome: UNKNOWN,
                delivery: occasion.delivery,
            }),
            ..Record::at(self.now())
        };
        Ok(Pending::new(slot, occasion.trail.clone(), record))
    }
}

fn word(started: Result<&Started, &Failure>) -> &'static str {
    match started {
        Ok(started) if started.is_repeated => "found",
        Ok(_) => "started",
        Err(failure) if failure.is_final() => "refused",
        Err(_) => "failed",
    }
}
