//! Starts the actions that wait and ends them with what came of them.
//!
//! One task owns everything that runs. The limit on what runs at once holds for
//! each nesting depth by itself: a parent occupies a place while it waits for
//! its children, and with one limit for all, parents alone could fill it.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    executor::HostEnvironment,
    layout::Layout,
    store::{self, Store, actions::ActionRow},
};

mod attempt;
mod images;
mod outcome;
mod retry;

/// How long to wait before the store is asked again after it failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What the queue works with.
pub(super) struct Settings {
    pub(super) store: Store,
    pub(super) layout: Arc<Layout>,
    pub(super) concurrency: usize,
    pub(super) control_plane: SocketAddr,
    pub(super) connector: Option<SocketAddr>,
    pub(super) host: HostEnvironment,
}

/// A cheap handle on the queue.
#[derive(Clone)]
pub(super) struct Queue {
    commands: mpsc::Sender<Command>,
}

enum Command {
    Wake,
    Abort(Vec<i64>),
}

/// A queue that does nothing yet.
pub(super) struct Idle {
    commands: mpsc::Receiver<Command>,
}

impl Idle {
    /// Settles what a crash interrupted, then starts to work.
    pub(super) async fn start(
        self,
        tasks: &TaskTracker,
        settings: Settings,
        stopping: CancellationToken,
    ) -> Result<(), store::Error> {
        let context = Arc::new(Context { settings, stopping });
        for row in context.settings.store.interrupted().await? {
            outcome::interrupted(&context, &row).await?;
        }
        let worker = Worker {
            context,
            commands: self.commands,
            running: HashMap::new(),
            attempts: JoinSet::new(),
        };
        tasks.spawn(worker.run());
        Ok(())
    }
}

impl Queue {
    /// A handle on a queue that is started later.
    pub(super) fn idle() -> (Self, Idle) {
        let (sender, commands) = mpsc::channel(1024);
        (Self { commands: sender }, Idle { commands })
    }

    /// Says that an action was enqueued.
    pub(super) async fn wake(&self) {
        // An error says that the control plane is stopping.
        let _ = self.commands.send(Command::Wake).await;
    }

    /// Ends the attempts of actions that are stored as aborted.
    pub(super) async fn abort(&self, rows: &[ActionRow]) {
        let _ = self.commands.send(Command::Abort(ids(rows))).await;
    }
}

fn ids(rows: &[ActionRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id).collect()
}

/// What every attempt needs.
struct Context {
    settings: Settings,
    stopping: CancellationToken,
}

/// One attempt that runs.
struct Running {
    row: ActionRow,
    abort: CancellationToken,
}

struct Worker {
    context: Arc<Context>,
    commands: mpsc::Receiver<Command>,
    running: HashMap<Id, Running>,
    /// Each ends with the actions that end with its own.
    attempts: JoinSet<Vec<ActionRow>>,
}

impl Worker {
    async fn run(mut self) {
        let stopping = self.context.stopping.clone();
        loop {
            let pause = match self.start_waiting().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the queue's store failed"
                    );
                    Some(STORE_PAUSE)
                }
            };
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(command) = self.commands.recv() => self.obey(command),
                Some(ended) = self.attempts.join_next_with_id() => self.forget(ended).await,
                () = sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
        }
        self.stop().await;
    }

    /// Fills the free places; returns when to look again for a retry.
    async fn start_waiting(&mut self) -> Result<Option<Duration>, store::Error> {
        let store = self.context.settings.store.clone();
        for depth in store.waiting_depths().await? {
            let taken = self
                .running
                .values()
                .filter(|running| running.row.depth == depth)
                .count();
            for _ in taken..self.context.settings.concurrency.max(1) {
                let Some(row) = store.claim(depth).await? else {
                    break;
                };
                self.begin(row);
            }
        }
        let due = store.next_retry().await?;
        Ok(due.map(|micros| Duration::from_micros(micros.max(0).unsigned_abs())))
    }

    fn begin(&mut self, row: ActionRow) {
        let abort = CancellationToken::new();
        let attempt = attempt::run(Arc::clone(&self.context), row.clone(), abort.clone());
        let id = self.attempts.spawn(attempt).id();
        self.running.insert(id, Running { row, abort });
    }

    fn obey(&mut self, command: Command) {
        match command {
            // Whatever it is, the loop looks for waiting actions after it.
            Command::Wake => {}
            Command::Abort(ids) => self.abort(&ids),
        }
    }

    fn abort(&self, ids: &[i64]) {
        let aborted = |running: &&Running| ids.contains(&running.row.id);
        for running in self.running.values().filter(aborted) {
            running.abort.cancel();
        }
    }

    async fn forget(&mut self, ended: Result<(Id, Vec<ActionRow>), JoinError>) {
        let orphans = match ended {
            Ok((id, orphans)) => {
                self.running.remove(&id);
                orphans
            }
            Err(error) => {
                tracing::error!(%error, "an attempt panicked");
                match self.running.remove(&error.id()) {
                    Some(running) => outcome::panicked(&self.context, &running.row).await,
                    None => return,
                }
            }
        };
        self.abort(&ids(&orphans));
    }

    /// Ends all attempts; each one is retried at the next start as declared.
    async fn stop(mut self) {
        // Nobody may wait for room in a channel that is no longer read.
        self.commands.close();
        for running in self.running.values() {
            running.abort.cancel();
        }
        while let Some(ended) = self.attempts.join_next_with_id().await {
            self.forget(ended).await;
        }
    }
}
