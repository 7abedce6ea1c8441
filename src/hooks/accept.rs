//! Doing what is to be done about a delivery that is believed.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{
    Failure, Hooks, Occasion,
    judge::{Judgement, Reason, TaskRequest},
    start::{Order, Started, labels},
};
use crate::{
    config::{Ack, Hook},
    control_plane::{Known, RunId},
    inbox::{self, DeliveryId},
};

/// How soon a run is looked at again that was just started, and how slowly at last.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const SLOWEST_LOOK: Duration = Duration::from_millis(500);

/// What came of a delivery that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Its runs have been started.
    Launched {
        /// One for each rule that applies.
        runs: Vec<RunLink>,
        /// Whether an earlier delivery had started all of them.
        is_duplicate: bool,
    },
    /// It is in the inbox.
    Stored(DeliveryId),
    /// It starts nothing.
    Ignored(Reason),
}

/// A run, with its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLink {
    /// The run.
    pub run: RunId,
    /// Its page in the console.
    pub url: String,
}

/// Why a delivery was not taken, so that the provider has to send it again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// A run could not be started.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A run is there, and nothing has begun to run it: the control plane may have
    /// forgotten to put it into the queue.
    #[error("run {} is still in the queue", .0.name)]
    Queued(RunId),
    /// It could not be kept.
    #[error(transparent)]
    Inbox(#[from] inbox::Error),
}

impl Hooks {
    /// Does what is to be done; when this comes back without an error, all of it is
    /// started, or in the inbox.
    pub async fn accept(
        &self,
        hook: &Hook,
        judgement: &Judgement,
        body: &[u8],
        occasion: &Occasion,
    ) -> Result<Accepted, Refused> {
        let tasks = match &judgement.tasks {
            Ok(tasks) => tasks,
            Err(reason) => return Ok(self.ignored(hook, judgement, body, *reason).await),
        };
        // What starts runs is in a box, so that a delivery that starts none does not move it.
        let Some(inbox) = self.inbox() else {
            return Box::pin(self.launch_all(hook, judgement, tasks, occasion)).await;
        };
        if hook.ack == Ack::Stored {
            return self.store(inbox, hook, judgement, body, occasion).await;
        }
        if let Some(known) = self.known(inbox, hook, judgement, body).await? {
            return Ok(known);
        }
        let accepted = Box::pin(self.launch_all(hook, judgement, tasks, occasion)).await?;
        if let Accepted::Launched { runs, .. } = &accepted {
            self.record(inbox, hook, judgement, body, runs).await?;
        }
        Ok(accepted)
    }

    /// That it starts nothing is written down where there is an inbox, and is so
    /// where that fails, too.
    async fn ignored(
        &self,
        hook: &Hook,
        judgement: &Judgement,
        body: &[u8],
        reason: Reason,
    ) -> Accepted {
        if let Some(inbox) = self.inbox()
            && let Err(error) = self.record(inbox, hook, judgement, body, &[]).await
        {
            tracing::debug!(%error, "An ignored delivery is not in the inbox");
        }
        Accepted::Ignored(reason)
    }

    async fn launch_all(
        &self,
        hook: &Hook,
        judgement: &Judgement,
        tasks: &[TaskRequest],
        occasion: &Occasion,
    ) -> Result<Accepted, Refused> {
        let deadline = Instant::now() + hook.answer_within;
        let mut runs = Vec::new();
        let mut is_duplicate = true;
        for task in tasks {
            let order = order(hook, judgement, task);
            let started = self.start(hook, &order, occasion).await?;
            is_duplicate &= started.is_repeated;
            let known = self.left_queue(hook, &order, started, occasion, deadline);
            let run = known.await?.run;
            let url = self.0.control_plane.run_url(&run);
            runs.push(RunLink { run, url });
        }
        Ok(Accepted::Launched { runs, is_duplicate })
    }

    /// Waits until something has begun to run a run.
    async fn left_queue(
        &self,
        hook: &Hook,
        order: &Order,
        started: Started,
        occasion: &Occasion,
        deadline: Instant,
    ) -> Result<Known, Refused> {
        let mut known = started.known;
        let mut pause = FIRST_LOOK;
        while !known.has_left_the_queue() {
            if Instant::now() + pause > deadline {
                return Err(Refused::Queued(known.run));
            }
            sleep(pause).await;
            pause = (pause * 2).min(SLOWEST_LOOK);
            if let Some(seen) = self.look(hook, order, occasion).await? {
                known = seen;
            }
        }
        Ok(known)
    }
}

/// What a rule asks for.
fn order(hook: &Hook, judgement: &Judgement, task: &TaskRequest) -> Order {
    let event = judgement.event.qualified_type();
    Order {
        task: task.task.clone(),
        version: task.version.clone(),
        inputs: task.inputs.clone(),
        labels: labels(&hook.name, &event, &task.key),
        key: task.key.clone(),
        replays: 0,
        is_known: false,
    }
}
