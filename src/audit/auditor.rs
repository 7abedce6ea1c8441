//! The handle on the audit log: places for records, and whether there are any.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

use super::{record::Record, sink, writer::Writer};
use crate::config::{Audit, AuditLog, OnFailure};

/// How many records may wait to be written, beside those of requests that are
/// being answered.
const BACKLOG: usize = 4096;

/// How long a stop waits for the last record.
const LONGEST_CLOSE: Duration = Duration::from_secs(5);

/// Adds records to the audit log, where there is one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Auditor(Option<Arc<Handle>>);

struct Handle {
    messages: mpsc::Sender<Message>,
    places: Arc<Semaphore>,
    state: Arc<State>,
    on_failure: OnFailure,
}

/// What the writer tells of itself.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether the last record could not be written.
    pub(super) is_failing: AtomicBool,
    /// How many records were lost, and not told of yet.
    pub(super) lost: AtomicU64,
}

/// What the writer is told.
pub(super) enum Message {
    /// A record, whose place is free when it is written.
    Record(Box<Record>, OwnedSemaphorePermit),
    /// To write the last record, and say when that is done.
    Close(oneshot::Sender<()>),
}

/// What something does that is about to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing.
    Reads,
    /// It may start or change something.
    Changes,
}

/// Nothing can be recorded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot take a record")]
pub struct Unavailable;

/// A place for one record.
#[must_use]
pub struct Slot(Option<Place>);

struct Place {
    handle: Arc<Handle>,
    /// `None` where the record will be lost.
    permit: Option<OwnedSemaphorePermit>,
}

impl Auditor {
    /// Opens the log of a configuration, where it has one, for so many requests at
    /// once, and writes the first record.
    ///
    /// # Errors
    ///
    /// Where the log cannot be written.
    pub fn open(
        options: &Audit,
        requests: usize,
        now: fn() -> Timestamp,
    ) -> Result<Self, sink::Error> {
        let Some(log) = &options.log else {
            return Ok(Self::default());
        };
        let state = Arc::new(State::default());
        let (messages, inbox) = mpsc::channel();
        let writer = Writer::open(log, options, Arc::clone(&state), inbox, now)?;
        let start = thread::Builder::new().name("audit".to_owned());
        // A thread of its own, since a disk may keep it waiting; not waited for at
        // the end, for the same reason.
        start
            .spawn(move || writer.run())
            .map_err(|source| sink::Error::new(log, source))?;
        Ok(Self(Some(Arc::new(Handle {
            messages,
            places: Arc::new(Semaphore::new(requests + BACKLOG)),
            state,
            on_failure: options.on_failure,
        }))))
    }

    /// Whether there is a log.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Takes a place for the record of something that is about to be done.
    ///
    /// # Errors
    ///
    /// Where there is none, and the configuration wants that nothing is changed
    /// without a record.
    pub fn reserve(&self, effect: Effect) -> Result<Slot, Unavailable> {
        let Some(handle) = &self.0 else {
            return Ok(Slot(None));
        };
        let needs_record = handle.on_failure == OnFailure::Refuse && effect == Effect::Changes;
        if needs_record && handle.state.is_failing.load(Relaxed) {
            return Err(Unavailable);
        }
        let permit = Arc::clone(&handle.places).try_acquire_owned().ok();
        if needs_record && permit.is_none() {
            return Err(Unavailable);
        }
        let handle = Arc::clone(handle);
        Ok(Slot(Some(Place { handle, permit })))
    }

    /// Writes the last record, and returns when it is on the disk, or cannot be.
    pub async fn close(&self) {
        let Some(handle) = &self.0 else { return };
        let (done, is_done) = oneshot::channel();
        let asked = handle.messages.send(Message::Close(done)).is_ok();
        let closed = asked && matches!(timeout(LONGEST_CLOSE, is_done).await, Ok(Ok(())));
        if !closed {
            tracing::error!("The audit log could not be closed: its last records may be missing");
        }
    }
}

impl Slot {
    /// Adds the record to the log, or to the count of those that were lost.
    pub fn write(self, record: Record) {
        let Some(Place { handle, permit }) = self.0 else {
            return;
        };
        let sent = permit.is_some_and(|permit| {
            let record = Message::Record(Box::new(record), permit);
            handle.messages.send(record).is_ok()
        });
        if !sent {
            handle.state.lost.fetch_add(1, Relaxed);
        }
    }
}

impl AuditLog {
    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdout => "standard output".to_owned(),
            Self::Stderr => "standard error".to_owned(),
        }
    }
}
