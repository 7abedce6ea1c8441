//! The attempts of a worker that are under way, and their leases.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    task::{Id, JoinSet},
    time::{Instant, sleep, timeout_at},
};
use tracing::Instrument;

use super::{Launcher, STORE_PAUSE, Worker};
use crate::inbox::{Job, Lease, Settlement};

/// How often to look for what another server has accepted or given back.
const POLL: Duration = Duration::from_secs(1);
/// How long returning leases may take when the server stops.
const RETURNING: Duration = Duration::from_secs(2);

/// The attempts that are under way.
pub(super) struct Attempts<L> {
    pub(super) worker: Arc<Worker<L>>,
    tasks: JoinSet<()>,
    leases: HashMap<Id, Lease>,
    /// Whether the store failed when last asked, so that it is told once.
    failing: bool,
}

impl<L: Launcher> Attempts<L> {
    pub(super) fn of(worker: Worker<L>) -> Self {
        Self {
            worker: Arc::new(worker),
            tasks: JoinSet::new(),
            leases: HashMap::new(),
            failing: false,
        }
    }

    /// Launches until something else has happened.
    pub(super) async fn go_on(&mut self, until: impl Future<Output = ()>) {
        tokio::pin!(until);
        let worker = Arc::clone(&self.worker);
        loop {
            let pause = self.claim().await;
            let is_free = self.tasks.len() < worker.settings.concurrency;
            tokio::select! {
                () = &mut until => return,
                Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
                () = worker.inbox.news(), if is_free => {}
                () = sleep(pause), if is_free => {}
            }
        }
    }

    /// Takes as much as may be launched at once; gives how long to wait for more.
    async fn claim(&mut self) -> Duration {
        let settings = &self.worker.settings;
        let free = settings.concurrency.saturating_sub(self.tasks.len());
        if free == 0 {
            return POLL;
        }
        match self.worker.inbox.claim(free, settings.lease).await {
            Ok(claimed) => {
                self.failing = false;
                for job in claimed.jobs {
                    self.start(job);
                }
                claimed.next.unwrap_or(POLL).min(POLL)
            }
            Err(error) => {
                if !self.failing {
                    tracing::error!(%error, "The inbox cannot be read; nothing is launched");
                }
                self.failing = true;
                STORE_PAUSE
            }
        }
    }

    fn start(&mut self, job: Job) {
        let (worker, lease) = (Arc::clone(&self.worker), job.lease);
        let line = tracing::error_span!(
            "launch",
            trace_id = job
                .trace
                .as_ref()
                .map(|trace| tracing::field::display(trace.trace_id())),
        );
        let attempt = async move { worker.attempt(job).await };
        let task = self.tasks.spawn(attempt.instrument(line));
        self.leases.insert(task.id(), lease);
    }

    fn forget(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                // Its lease runs out, and it is tried again.
                tracing::error!(%error, "An attempt to launch a delivery broke");
                error.id()
            }
        };
        self.leases.remove(&id);
    }

    /// Launches all that waits, as long as there is time.
    pub(super) async fn drain(&mut self, deadline: Instant) {
        let inbox = self.worker.inbox.clone();
        let emptied = timeout_at(deadline, async {
            loop {
                // What fails now is tried again at once: there is no later.
                let hurried = inbox.hurry().await;
                match inbox.status().await {
                    Ok(status) if status.pending == 0 && hurried.is_ok() => return,
                    Ok(_) | Err(_) => self.go_on(sleep(STORE_PAUSE)).await,
                }
            }
        });
        if emptied.await.is_ok() {
            tracing::info!("The inbox has been drained: all that was accepted is launched or dead");
            return;
        }
        let left = inbox.status().await.map_or(0, |status| status.pending);
        tracing::error!(
            inbox.pending = left,
            "The inbox could not be drained in time: what is left is lost with its volume"
        );
    }

    /// Lets what is under way finish, and returns what does not.
    pub(super) async fn end(mut self, deadline: Instant) {
        while !self.tasks.is_empty() {
            match timeout_at(deadline, self.tasks.join_next_with_id()).await {
                Ok(Some(ended)) => self.forget(ended),
                Ok(None) => break,
                Err(_elapsed) => {
                    self.tasks.shutdown().await;
                    break;
                }
            }
        }
        let inbox = &self.worker.inbox;
        let returning = async {
            for lease in self.leases.into_values() {
                // A lease that is not returned runs out.
                let _ = inbox.settle(lease, Settlement::Returned).await;
            }
        };
        let _ = tokio::time::timeout(RETURNING, returning).await;
    }
}
