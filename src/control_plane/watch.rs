//! Waiting for runs to end, at the cost of one watch a caller and run however
//! many of that caller's requests wait.
//!
//! The [`Hub`] is the one task that owns the watches. Requests reach it through
//! [`Watches`], and each gets a receiver of what its watch sees. A watch belongs
//! to one caller: what another may not see, it cannot learn here. It ends with
//! the run, or when nobody waits any more.

mod follow;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{Id, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::{ActionData, Caller, Error, Handle, Phase, Run, RunId};
use crate::metrics::Metrics;

/// How many requests may stand before the hub's door.
const QUEUE: usize = 256;

/// A run that has ended, and what came of it.
#[derive(Debug)]
pub struct Ended {
    /// Its last state.
    pub run: Run,
    /// What went in and out; empty where the run has no outputs.
    pub data: Result<ActionData, Error>,
}

/// What is known of a run that is waited for.
#[derive(Clone, Debug)]
pub enum Sight {
    /// It has not ended; where it was last, if anything was seen of it.
    Going(Option<Phase>),
    /// It has ended.
    Ended(Arc<Ended>),
    /// It cannot be watched any more, for good.
    Lost(Error),
}

impl Sight {
    fn is_last(&self) -> bool {
        !matches!(self, Self::Going(_))
    }
}

/// A watch belongs to one caller and one run.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    caller: [u8; 32],
    run: RunId,
}

/// A request that wants to wait.
struct Join {
    caller: Caller,
    run: RunId,
    reply: oneshot::Sender<watch::Receiver<Sight>>,
}

/// A cheap handle on all watches.
#[derive(Clone)]
pub struct Watches {
    joins: mpsc::Sender<Join>,
}

impl Watches {
    /// The handle, and the task that has to run for it.
    pub fn new(control_plane: Handle, metrics: &Metrics) -> (Self, Hub) {
        let (joins, receiver) = mpsc::channel(QUEUE);
        let hub = Hub {
            control_plane,
            metrics: metrics.clone(),
            joins: receiver,
            watches: HashMap::new(),
            keys: HashMap::new(),
            tasks: JoinSet::new(),
        };
        (Self { joins }, hub)
    }

    /// Waits for a run to end, at most for this long, and not at all when the
    /// server stops.
    pub async fn end(&self, caller: &Caller, run: &RunId, time: Duration) -> Sight {
        let (reply, receiver) = oneshot::channel();
        let join = Join {
            caller: caller.clone(),
            run: run.clone(),
            reply,
        };
        let mut last = Sight::Going(None);
        let waiting = async {
            self.joins.send(join).await.ok()?;
            let mut sights = receiver.await.ok()?;
            loop {
                last = sights.borrow_and_update().clone();
                if last.is_last() {
                    return Some(());
                }
                sights.changed().await.ok()?;
            }
        };
        // Time being over and the hub being gone come to the same.
        let _ = tokio::time::timeout(time, waiting).await;
        last
    }
}

/// A watch that goes on.
struct Watch {
    caller: Caller,
    sights: watch::Sender<Sight>,
}

/// The task that owns the watches.
pub struct Hub {
    control_plane: Handle,
    metrics: Metrics,
    joins: mpsc::Receiver<Join>,
    watches: HashMap<Key, Watch>,
    keys: HashMap<Id, Key>,
    tasks: JoinSet<()>,
}

impl Hub {
    /// Runs until it is told to stop, which ends all waiting.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                join = self.joins.recv() => match join {
                    Some(join) => self.join(join),
                    None => return,
                },
                Some(ended) = self.tasks.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    self.settle(id);
                }
            }
        }
    }

    fn join(&mut self, join: Join) {
        let key = Key {
            caller: join.caller.cache_key(),
            run: join.run,
        };
        let receiver = if let Some(watch) = self.watches.get(&key) {
            watch.sights.subscribe()
        } else {
            let (sights, receiver) = watch::channel(Sight::Going(None));
            let caller = join.caller;
            self.start(key, Watch { caller, sights });
            receiver
        };
        // An error says that the request is gone already.
        let _ = join.reply.send(receiver);
    }

    fn start(&mut self, key: Key, watch: Watch) {
        let control_plane = Arc::clone(&self.control_plane);
        let (caller, run) = (watch.caller.clone(), key.run.clone());
        let sights = watch.sights.clone();
        let counted = self.metrics.watch_begins();
        let task = self.tasks.spawn(async move {
            let follow = control_plane.follow(&caller, &run, &sights);
            tokio::select! {
                last = follow => {
                    sights.send_replace(last);
                }
                () = sights.closed() => {}
            }
            drop(counted);
        });
        self.keys.insert(task.id(), key.clone());
        self.watches.insert(key, watch);
    }

    /// Forgets a watch that is over. One that ended for want of listeners and
    /// got one in that moment is started again.
    fn settle(&mut self, id: Id) {
        let Some(key) = self.keys.remove(&id) else {
            return;
        };
        let Some(watch) = self.watches.remove(&key) else {
            return;
        };
        let is_over = watch.sights.borrow().is_last();
        if !is_over && watch.sights.receiver_count() > 0 {
            self.start(key, watch);
        }
    }
}
