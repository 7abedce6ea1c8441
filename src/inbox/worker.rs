//! Launching what is in the inbox.
//!
//! Each launch is claimed under a lease, so that of several servers one launches it,
//! and another takes over where one is gone. Attempts are counted when they begin: a
//! launch that brings the process down is not tried for ever. One that fails waits
//! with growing pauses while others go on, and is a dead letter in the end.

mod attempts;

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::attempts::Attempts;
use super::{Backoff, Inbox, Job, Lease, Settlement};
use crate::config;

/// How soon to try again where the store failed.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// The shortest time after which a run in the queue is looked at again.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);

/// Starts a run for a job. It is asked again with the same job where it is not known
/// what came of it, so it has to name the run by the job's key.
pub trait Launcher: Send + Sync + 'static {
    /// Starts the run, or looks after one that it has started before.
    fn launch(&self, job: &Job) -> impl Future<Output = Outcome> + Send;
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The run has left the queue: it will be executed without anybody's help.
    Launched {
        /// The run.
        run: String,
    },
    /// The run exists and is in the queue, where it may have been forgotten.
    Queued {
        /// The run.
        run: String,
        /// When to look again.
        again: Duration,
    },
    /// It did not work, and may another time.
    Retry {
        /// How long the other side asks to wait.
        after: Option<Duration>,
        /// Why, as a code or a short text without secrets.
        reason: String,
    },
    /// It will never work.
    Refused {
        /// Why, likewise.
        reason: String,
    },
}

/// How launches are tried.
#[derive(Debug, Clone, Copy)]
struct Settings {
    attempts: u32,
    backoff: Backoff,
    concurrency: usize,
    lease: Duration,
}

/// Launches what is in the inbox.
pub struct Worker<L> {
    inbox: Inbox,
    launcher: L,
    settings: Settings,
    /// A number from 0 to 1.
    random: fn() -> f64,
}

impl<L: Launcher> Worker<L> {
    /// A worker that launches by `launcher`.
    pub fn new(inbox: Inbox, config: &config::Inbox, launcher: L, random: fn() -> f64) -> Self {
        let settings = Settings {
            attempts: config.attempts,
            backoff: Backoff {
                first: config.backoff.first,
                most: config.backoff.most,
            },
            concurrency: config.concurrency,
            lease: config.lease,
        };
        Self {
            inbox,
            launcher,
            settings,
            random,
        }
    }

    /// Launches until it is told to stop. What is under way may then take `grace`; where
    /// the inbox does not outlive the process, all that waits is launched in that time.
    pub async fn run(self, shutdown: CancellationToken, grace: Duration) {
        let mut attempts = Attempts::of(self);
        attempts.go_on(shutdown.cancelled()).await;
        let deadline = Instant::now() + grace;
        if attempts.worker.inbox.volume().is_temporary() {
            attempts.drain(deadline).await;
        }
        attempts.end(deadline).await;
    }

    /// One attempt, whose outcome is in the inbox when this comes back. It is given up
    /// where the lease passes to another.
    pub async fn attempt(&self, job: Job) {
        let lease = job.lease;
        let settlement = if job.attempts > self.settings.attempts {
            // The last one ended with its process.
            let reason = "attempt_did_not_end".to_owned();
            Settlement::Dead { reason }
        } else {
            let outcome = tokio::select! {
                outcome = self.launcher.launch(&job) => outcome,
                () = self.hold(lease) => return,
            };
            settlement(&self.settings, job.attempts, outcome, (self.random)())
        };
        report(&job, &settlement);
        self.inbox.metrics.inbox_attempted(settlement.word());
        while let Err(error) = self.inbox.settle(lease, settlement.clone()).await {
            tracing::debug!(%error, "What came of a launch could not be written yet");
            sleep(STORE_PAUSE).await;
        }
    }

    /// Extends a lease until it has passed to another.
    async fn hold(&self, lease: Lease) {
        loop {
            sleep(self.settings.lease / 3).await;
            if let Ok(false) = self.inbox.renew(lease, self.settings.lease).await {
                return;
            }
        }
    }
}

/// What an outcome means for the inbox after so many attempts.
fn settlement(settings: &Settings, attempts: u32, outcome: Outcome, random: f64) -> Settlement {
    match outcome {
        Outcome::Launched { run } => Settlement::Launched { run },
        Outcome::Queued { run, again } => {
            let again = again.max(SHORTEST_LOOK).min(settings.backoff.most);
            Settlement::Queued { run, again }
        }
        Outcome::Retry { after, reason } if attempts < settings.attempts => {
            let again = settings.backoff.pause(attempts, after, random);
            Settlement::Retry { again, reason }
        }
        Outcome::Retry { reason, .. } | Outcome::Refused { reason } => Settlement::Dead { reason },
    }
}

fn report(job: &Job, settlement: &Settlement) {
    let (delivery, hook, task, attempts) = (job.delivery.0, &job.hook, &job.task, job.attempts);
    match settlement {
        Settlement::Launched { run } => tracing::info!(
            delivery.id = delivery,
            hook.name = %hook,
            task.id = %task,
            run.name = %run,
            attempts,
            "A delivery has been launched"
        ),
        Settlement::Dead { reason } => tracing::error!(
            delivery.id = delivery,
            hook.name = %hook,
            task.id = %task,
            reason = %reason,
            attempts,
            "A delivery is a dead letter; it can be replayed"
        ),
        Settlement::Retry { again, reason } => tracing::warn!(
            delivery.id = delivery,
            hook.name = %hook,
            task.id = %task,
            reason = %reason,
            attempts,
            again_ms = u64::try_from(again.as_millis()).unwrap_or(u64::MAX),
            "A delivery could not be launched and is tried again"
        ),
        Settlement::Queued { .. } | Settlement::Returned => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        attempts: 3,
        backoff: Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_mins(1),
        },
        concurrency: 1,
        lease: Duration::from_mins(1),
    };

    fn after(attempts: u32, outcome: Outcome) -> Settlement {
        settlement(&SETTINGS, attempts, outcome, 1.0)
    }

    #[test]
    fn what_fails_is_tried_again_until_the_last_attempt() {
        let failed = || Outcome::Retry {
            after: None,
            reason: "unavailable".to_owned(),
        };
        let reason = || "unavailable".to_owned();
        let again = |seconds| Settlement::Retry {
            again: Duration::from_secs(seconds),
            reason: reason(),
        };
        assert_eq!(after(1, failed()), again(1));
        assert_eq!(after(2, failed()), again(2));
        assert_eq!(after(3, failed()), Settlement::Dead { reason: reason() });
        assert_eq!(after(9, failed()), Settlement::Dead { reason: reason() });
    }

    #[test]
    fn what_is_refused_is_not_tried_again() {
        let reason = || "task_not_found".to_owned();
        let refused = Outcome::Refused { reason: reason() };
        assert_eq!(after(1, refused), Settlement::Dead { reason: reason() });
    }

    #[test]
    fn a_run_in_the_queue_is_looked_at_again_however_many_attempts_there_were() {
        let run = || "w1".to_owned();
        let queued = |again| Outcome::Queued { run: run(), again };
        let looked = |again| Settlement::Queued { run: run(), again };
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        assert_eq!(after(9, queued(minute)), looked(minute));
        assert_eq!(after(1, queued(hour)), looked(minute));
        assert_eq!(after(1, queued(Duration::ZERO)), looked(SHORTEST_LOOK));
    }
}
