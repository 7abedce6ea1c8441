//! Requests that may go on after their engine was answered. One task owns them
//! all: engines ask for them by id, and may stop them.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{AbortHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::outcome::Outcome;

/// What a call is known by.
pub(super) type Id = [u8; 16];

/// A request to make.
pub(super) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The result of a call, when there is one.
pub(super) type Result = watch::Receiver<Option<Outcome>>;

/// How many commands may wait for the worker.
const QUEUE: usize = 1024;
/// What all results that are kept may take in bytes, and each beside its own size.
const KEPT_BYTES: usize = 64 << 20;
const RESULT_BYTES: usize = 512;

enum Command {
    Start(Id, Work, oneshot::Sender<Result>),
    Look(Id, oneshot::Sender<Option<Result>>),
    Stop(Id, oneshot::Sender<()>),
}

/// A handle on the worker; cheap to clone.
#[derive(Clone)]
pub(super) struct Calls(mpsc::Sender<Command>);

/// What owns the calls; they end where it is dropped.
pub struct Worker {
    commands: mpsc::Receiver<Command>,
    running: JoinSet<(Id, usize)>,
    calls: HashMap<Id, Call>,
    kept: VecDeque<(Instant, Id, usize)>,
    kept_bytes: usize,
    keep: Duration,
}

struct Call {
    result: Result,
    handle: AbortHandle,
}

/// The worker is gone: the server stops.
#[derive(Debug, thiserror::Error)]
#[error("the connector stops")]
pub(super) struct Stopping;

pub(super) fn new(keep: Duration) -> (Calls, Worker) {
    let (sender, commands) = mpsc::channel(QUEUE);
    let worker = Worker {
        commands,
        running: JoinSet::new(),
        calls: HashMap::new(),
        kept: VecDeque::new(),
        kept_bytes: 0,
        keep,
    };
    (Calls(sender), worker)
}

impl Calls {
    /// Starts a call, or joins the one that has this id.
    pub(super) async fn start(&self, id: Id, work: Work) -> std::result::Result<Result, Stopping> {
        self.ask(|answer| Command::Start(id, work, answer)).await
    }

    /// The result of a call, if this process knows of it.
    pub(super) async fn look(&self, id: Id) -> std::result::Result<Option<Result>, Stopping> {
        self.ask(|answer| Command::Look(id, answer)).await
    }

    /// Stops a call; nothing of it goes on when this returns.
    pub(super) async fn stop(&self, id: Id) -> std::result::Result<(), Stopping> {
        self.ask(|answer| Command::Stop(id, answer)).await
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> std::result::Result<T, Stopping> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(command(answer)).await;
        sent.map_err(|_closed| Stopping)?;
        answered.await.map_err(|_closed| Stopping)
    }
}

impl Worker {
    /// Has the calls work until told to stop, and then until the last has ended.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut is_open = true;
        while !(stop.is_cancelled() && self.running.is_empty()) {
            tokio::select! {
                command = self.commands.recv(), if is_open => match command {
                    Some(command) => self.obey(command).await,
                    None => is_open = false,
                },
                Some(ended) = self.running.join_next() => {
                    // One that was stopped, or has panicked, has no result.
                    if let Ok((id, size)) = ended {
                        self.keep(id, size);
                    }
                }
                () = stop.cancelled(), if !stop.is_cancelled() => {}
            }
            self.forget();
        }
    }

    async fn obey(&mut self, command: Command) {
        // Whoever asked may be gone.
        match command {
            Command::Start(id, work, answer) => {
                let _ = answer.send(self.start(id, work));
            }
            Command::Look(id, answer) => {
                let result = self.calls.get(&id).map(|call| call.result.clone());
                let _ = answer.send(result);
            }
            Command::Stop(id, answer) => {
                self.stop(&id).await;
                let _ = answer.send(());
            }
        }
    }

    fn start(&mut self, id: Id, work: Work) -> Result {
        if let Some(call) = self.calls.get(&id) {
            return call.result.clone();
        }
        let (sender, result) = watch::channel(None);
        let handle = self.running.spawn(async move {
            let outcome = work.await;
            let size = outcome.size() + RESULT_BYTES;
            sender.send_replace(Some(outcome));
            (id, size)
        });
        let call = Call {
            result: result.clone(),
            handle,
        };
        self.calls.insert(id, call);
        result
    }

    async fn stop(&mut self, id: &Id) {
        let Some(Call { handle, mut result }) = self.calls.remove(id) else {
            return;
        };
        handle.abort();
        // The sender is gone as soon as all of the call is.
        while result.changed().await.is_ok() {}
    }

    fn keep(&mut self, id: Id, size: usize) {
        self.kept.push_back((Instant::now(), id, size));
        self.kept_bytes += size;
    }

    fn forget(&mut self) {
        while let Some((ended, id, size)) = self.kept.front().copied() {
            if self.kept_bytes <= KEPT_BYTES && ended.elapsed() < self.keep {
                return;
            }
            self.kept.pop_front();
            self.kept_bytes -= size;
            // Another call may have the id of one that was stopped.
            let is_over = |call: &Call| call.handle.is_finished();
            if self.calls.get(&id).is_some_and(is_over) {
                self.calls.remove(&id);
            }
        }
    }
}
