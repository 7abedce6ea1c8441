//! Tasks that are created, asked for and deleted: what an engine may send twice,
//! to any replica, and after a restart.

use std::time::Duration;

use connectrpc::ConnectError;
use flyte_idl::flyteidl2::core::task_execution::Phase;
use tokio::time::timeout;

use super::{
    Connector,
    calls::{self, Stopping},
    outcome::Outcome,
    resource::{Meta, Running, latest_end},
    task::{Attempt, Task},
};

/// Which part of the time that an engine waits a request may take before it is said to
/// run: engines of Flyte wait 10 s.
const OF_PATIENCE: f64 = 0.8;

impl Connector {
    /// Makes a task's request; what is given back is the result or, where that takes
    /// too long, what the request is known by.
    pub(super) async fn create(
        &self,
        task: Task,
        attempt: Attempt,
        patience: Option<Duration>,
    ) -> Result<Vec<u8>, ConnectError> {
        let shared = &self.0;
        let prepared = match self.prepare(&task, task.delivery_id()) {
            Ok(prepared) => prepared,
            Err(outcome) => return Ok(shared.seal.close(&Meta::Done(outcome))),
        };
        let running = Running {
            id: attempt.id(&task),
            process: shared.seal.process,
            ends_ms: latest_end((shared.now)(), shared.options.timeout),
            is_repeatable: prepared.is_repeatable(shared),
        };
        let slot = self.slot()?;
        let share = task.call.share.clone();
        share.take(prepared.size())?;
        let connector = self.clone();
        let work = async move {
            let _held = (slot, share);
            connector.perform(prepared).await
        };
        let started = shared.calls.start(running.id, Box::pin(work)).await;
        let mut result = started.map_err(unavailable)?;
        // Whoever has less patience is answered while it still listens.
        let inline = patience.map_or(shared.options.inline, |patience| {
            shared.options.inline.min(patience.mul_f64(OF_PATIENCE))
        });
        let inline = timeout(inline, finished(&mut result)).await;
        let meta = inline.map_or(Meta::Running(running), |outcome| {
            Meta::Done(Box::new(outcome))
        });
        Ok(shared.seal.close(&meta))
    }

    /// What has come of a task so far.
    pub(super) async fn get(&self, resource_meta: &[u8]) -> Result<Outcome, ConnectError> {
        let shared = &self.0;
        let running = match self.open(resource_meta)? {
            Meta::Done(outcome) => return Ok(*outcome),
            Meta::Running(running) => running,
        };
        let known = shared.calls.look(running.id).await.map_err(unavailable)?;
        if let Some(mut result) = known {
            let is_going_on = result.borrow().is_none() && result.has_changed().is_ok();
            return Ok(if is_going_on {
                Outcome::running()
            } else {
                finished(&mut result).await
            });
        }
        let is_another = running.process != shared.seal.process;
        let (grace, now) = (shared.options.unknown_after, (shared.now)());
        if is_another && !running.is_over_for(grace, now) {
            return Ok(Outcome::running());
        }
        Ok(unknown(running, is_another))
    }

    /// Stops a task's request, if it goes on.
    pub(super) async fn delete(&self, resource_meta: &[u8]) -> Result<(), ConnectError> {
        let shared = &self.0;
        let Meta::Running(running) = self.open(resource_meta)? else {
            return Ok(());
        };
        let is_another = running.process != shared.seal.process;
        let (grace, now) = (shared.options.unknown_after, (shared.now)());
        if is_another && !running.is_over_for(grace, now) {
            let advice = "another replica makes this request; ask again";
            return Err(ConnectError::unavailable(advice));
        }
        shared.calls.stop(running.id).await.map_err(unavailable)
    }

    fn open(&self, resource_meta: &[u8]) -> Result<Meta, ConnectError> {
        let opened = self.0.seal.open(resource_meta);
        opened.ok_or_else(|| {
            let advice =
                "the resource_meta was not made here, or with another connector.resource_key";
            ConnectError::invalid_argument(advice)
        })
    }
}

/// The result of a call, when there is one.
async fn finished(result: &mut calls::Result) -> Outcome {
    match result.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().unwrap_or_else(lost),
        Err(_stopped) => lost(),
    }
}

/// A call that was stopped in the middle.
fn lost() -> Outcome {
    Outcome::failed("The webhook's outcome is unknown: its request was stopped.")
}

/// A request of a process that is gone, which may or may not have been made, or a
/// result that is.
fn unknown(running: Running, is_another: bool) -> Outcome {
    let message = if is_another {
        "The webhook's outcome is unknown: the connector was restarted during its request."
    } else {
        "The webhook's outcome is unknown: its result is no longer kept."
    };
    if running.is_repeatable {
        Outcome::new(Phase::RETRYABLE_FAILED, message)
    } else {
        Outcome::failed(message)
    }
}

fn unavailable(_stopping: Stopping) -> ConnectError {
    ConnectError::unavailable("the connector stops; ask again")
}
