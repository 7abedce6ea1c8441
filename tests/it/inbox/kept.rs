//! An inbox of the test's own, and what is put into it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use flyte_webhook::{
    config::{self, InboxBackoff, InboxStore},
    inbox::{Accepted, Clock, Delivery, DeliveryId, Inbox, Memory, NewLaunch, OpenError},
    metrics::Metrics,
    trace,
};
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::harness::spawn;

/// An open inbox and its keeper.
pub(crate) struct Kept {
    pub(crate) inbox: Inbox,
    stop: CancellationToken,
    keeper: JoinHandle<()>,
}

impl Kept {
    pub(crate) async fn open(config: &config::Inbox, clock: Clock) -> Result<Self, OpenError> {
        let (inbox, keeper) = Inbox::open(config, clock, Metrics::new(Timestamp::now())).await?;
        let stop = CancellationToken::new();
        let keeper = spawn(keeper.run(stop.clone()));
        Ok(Self {
            inbox,
            stop,
            keeper,
        })
    }

    /// An inbox in this directory, by the wall clock.
    pub(crate) async fn within(directory: &Path) -> Self {
        let clock = Clock::steady(Timestamp::now);
        Self::open(&settings(directory), clock).await.unwrap()
    }

    /// Ends in the middle of things.
    pub(crate) async fn kill(self) {
        self.keeper.abort();
        // An error says that it was aborted.
        let _ = self.keeper.await;
    }

    /// Ends as a process does that is told to.
    pub(crate) async fn close(self) {
        drop(self.inbox);
        self.stop.cancel();
        self.keeper.await.unwrap();
    }
}

/// A configuration of small numbers.
pub(crate) fn settings(directory: &Path) -> config::Inbox {
    config::Inbox {
        store: InboxStore::File(directory.join("inbox.db")),
        max_bytes: 64 << 20,
        max_payload_bytes: 1 << 20,
        remember: Duration::from_hours(7 * 24),
        keep_payloads: Duration::from_hours(24),
        keep_dead: Duration::from_hours(30 * 24),
        concurrency: 8,
        attempts: 3,
        backoff: InboxBackoff {
            first: Duration::from_millis(1),
            most: Duration::from_mins(10),
        },
        lease: Duration::from_mins(1),
    }
}

/// A clock that the test sets.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_microsecond(micros.load(Ordering::Relaxed)).unwrap())
    }

    /// Turns it on, or back.
    pub(crate) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// The trace of all deliveries, as it is stored.
pub(crate) const TRACE: &str =
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\nvendor=opaque";

/// A delivery of the hook `deploy` that starts one run, with a body of its own.
pub(crate) fn delivery(id: &str) -> Delivery {
    let mut body_hash = [0; 32];
    let bytes = id.as_bytes();
    let length = bytes.len().min(32);
    body_hash[..length].copy_from_slice(&bytes[..length]);
    Delivery {
        hook: "deploy".to_owned(),
        delivery_id: id.to_owned(),
        body_hash,
        memory: Memory::IdAndBody,
        received_at: Timestamp::now(),
        event: r#"{"type":"push"}"#.to_owned(),
        reason: None,
        trace: trace::Context::from_text(TRACE),
        payload: Some(format!("the body of {id}").into_bytes()),
        launches: vec![launch(id)],
    }
}

pub(crate) fn launch(key: &str) -> NewLaunch {
    NewLaunch {
        task: "production/site/deploy".to_owned(),
        version: Some("v42".to_owned()),
        inputs: format!(r#"{{"commit":"{key}"}}"#),
        key: key.to_owned(),
        labels: [("hook".to_owned(), "deploy".to_owned())].into(),
        run: None,
    }
}

/// Accepts a delivery that has not been here.
pub(crate) async fn store(inbox: &Inbox, delivery: Delivery) -> DeliveryId {
    match inbox.accept(delivery).await.unwrap() {
        Accepted::Stored(id) => id,
        duplicate @ Accepted::Duplicate(_) => panic!("{duplicate:?}"),
    }
}
