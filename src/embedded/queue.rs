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

impl Queue {
    /// Settles what a crash interrupted, then starts to work.
    pub(super) async fn start(
        tasks: &TaskTracker,
        settings: Settings,
        shutdown: CancellationToken,
    ) -> Result<Self, store::Error> {
        let (sender, commands) = mpsc::channel(1024);
        let queue = Self { commands: sender };
        let context = Arc::new(Context {
            settings,
            queue: queue.clone(),
        });
        for row in context.settings.store.interrupted().await? {
            outcome::interrupted(&context, &row).await;
        }
        let worker = Worker {
            context,
            commands,
            running: HashMap::new(),
            attempts: JoinSet::new(),
        };
        tasks.spawn(worker.run(shutdown));
        Ok(queue)
    }

    /// Says that an action was enqueued.
    pub(super) async fn wake(&self) {
        // An error says that the control plane is stopping.
        let _ = self.commands.send(Command::Wake).await;
    }

    /// Ends the attempts of actions that are stored as aborted.
    pub(super) async fn abort(&self, rows: &[ActionRow]) {
        let ids = rows.iter().map(|row| row.id).collect();
        let _ = self.commands.send(Command::Abort(ids)).await;
    }
}

/// What every attempt needs.
struct Context {
    settings: Settings,
    queue: Queue,
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
    attempts: JoinSet<()>,
}

impl Worker {
    async fn run(mut self, shutdown: CancellationToken) {
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
                () = shutdown.cancelled() => break,
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
        if let Command::Abort(ids) = command {
            for running in self
                .running
                .values()
                .filter(|running| ids.contains(&running.row.id))
            {
                running.abort.cancel();
            }
        }
    }

    async fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        match ended {
            Ok((id, ())) => {
                self.running.remove(&id);
            }
            Err(error) => {
                tracing::error!(%error, "an attempt panicked");
                if let Some(running) = self.running.remove(&error.id()) {
                    outcome::panicked(&self.context, &running.row).await;
                }
            }
        }
    }

    /// Ends all attempts; each one is retried at the next start as declared.
    async fn stop(mut self) {
        for running in self.running.values() {
            running.abort.cancel();
        }
        while let Some(ended) = self.attempts.join_next_with_id().await {
            self.forget(ended).await;
        }
    }
}
