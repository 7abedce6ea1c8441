//! The thread that owns the log.
//!
//! Records that come together are written together, at once; the disk has them
//! within `audit.sync_interval`. What cannot be written is kept and tried again,
//! and each of the kept records keeps its place, so that there is a bound.

use std::{
    io,
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    auditor::{Message, State},
    book::{Book, Missing},
    failures::Failures,
    record::Record,
    sink::Error,
};
use crate::config::{Audit, AuditLog};

/// How many records are written together at most.
const MOST: usize = 512;

/// When what could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often it is told that records were lost or suppressed.
const TELL: Duration = Duration::from_secs(1);

/// Writes records in the order in which they come.
pub(super) struct Writer {
    inbox: Receiver<Message>,
    state: Arc<State>,
    book: Book,
    now: fn() -> Timestamp,
    failures: Failures,
    pending: Vec<(Box<Record>, OwnedSemaphorePermit)>,
    closing: Option<oneshot::Sender<()>>,
    retry_at: Option<Instant>,
    tell_at: Instant,
    sync: Due,
    head: Due,
}

/// Something that is done at intervals, where there is reason to.
struct Due {
    interval: Duration,
    last: Instant,
    is_needed: bool,
}

impl Due {
    fn new(interval: Duration) -> Self {
        Self {
            interval,
            last: Instant::now(),
            is_needed: true,
        }
    }

    fn at(&self) -> Option<Instant> {
        self.is_needed.then(|| self.last + self.interval)
    }

    fn is_now(&self) -> bool {
        self.at().is_some_and(|at| at <= Instant::now())
    }

    fn done(&mut self) {
        self.last = Instant::now();
        self.is_needed = false;
    }
}

impl Writer {
    /// Opens the log and writes the first record.
    pub(super) fn open(
        log: &AuditLog,
        options: &Audit,
        state: Arc<State>,
        inbox: Receiver<Message>,
        now: fn() -> Timestamp,
    ) -> Result<Self, Error> {
        let mut writer = Self {
            inbox,
            state,
            book: Book::open(log, now())?,
            now,
            failures: Failures::new(options.max_failures, Instant::now()),
            pending: Vec::new(),
            closing: None,
            retry_at: None,
            tell_at: Instant::now(),
            sync: Due::new(options.sync_interval),
            head: Due::new(options.head_interval),
        };
        writer.tell_head();
        Ok(writer)
    }

    /// Writes until it is told to stop, or nobody is left who could.
    pub(super) fn run(mut self) {
        loop {
            let is_open = match self.inbox.recv_timeout(self.pause()) {
                Ok(message) => self.gather(message),
                Err(RecvTimeoutError::Timeout) => true,
                Err(RecvTimeoutError::Disconnected) => false,
            };
            if !is_open {
                return self.end();
            }
            self.tend();
        }
    }

    /// Takes what has come; false where that is the end.
    fn gather(&mut self, first: Message) -> bool {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Close(done) => {
                    self.closing = Some(done);
                    return false;
                }
                Message::Record(record, permit) => self.take(record, permit),
            }
            let has_room = self.pending.len() < MOST;
            next = has_room.then(|| self.inbox.try_recv().ok()).flatten();
        }
        true
    }

    fn take(&mut self, record: Box<Record>, permit: OwnedSemaphorePermit) {
        if record.is_a_strangers_failure() && !self.failures.take(Instant::now()) {
            return;
        }
        self.pending.push((record, permit));
    }

    /// Does what is due.
    fn tend(&mut self) {
        if self.retry_at.is_some_and(|at| Instant::now() < at) {
            return;
        }
        let outcome = self.write().and_then(|()| self.sync());
        self.note(outcome);
        if self.head.is_now() {
            self.tell_head();
        }
    }

    /// How long there is nothing to do unless a message comes.
    fn pause(&self) -> Duration {
        let tell_at = self.has_to_tell().then_some(self.tell_at);
        let due = match self.retry_at {
            Some(retry_at) => Some(retry_at),
            None => [self.sync.at(), self.head.at(), tell_at]
                .into_iter()
                .flatten()
                .min(),
        };
        due.map_or(Duration::from_hours(1), |due| {
            due.saturating_duration_since(Instant::now())
        })
    }

    fn has_to_tell(&self) -> bool {
        self.state.lost.load(Relaxed) > 0 || self.failures.suppressed() > 0
    }

    /// Writes what is pending, all or nothing.
    fn write(&mut self) -> io::Result<()> {
        let tells = self.has_to_tell() && Instant::now() >= self.tell_at;
        if self.pending.is_empty() && !tells {
            return Ok(());
        }
        let missing = if tells {
            Missing {
                lost: self.state.lost.load(Relaxed),
                suppressed: self.failures.suppressed(),
            }
        } else {
            Missing::default()
        };
        let records = self.pending.iter().map(|(record, _)| &**record);
        self.book.add(records, missing, (self.now)())?;
        self.pending.clear();
        if tells {
            self.state.lost.fetch_sub(missing.lost, Relaxed);
            self.failures.told(missing.suppressed);
            self.tell_at = Instant::now() + TELL;
        }
        self.sync.is_needed = true;
        self.head.is_needed = true;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.sync.is_now() {
            self.book.sync()?;
            self.sync.done();
        }
        Ok(())
    }

    /// Says once that the log cannot be written, and once that it can again.
    fn note(&mut self, outcome: io::Result<()>) {
        match outcome {
            Ok(()) if self.retry_at.take().is_some() => {
                self.state.is_failing.store(false, Relaxed);
                tracing::info!("The audit log can be written again");
            }
            Ok(()) => {}
            Err(error) => {
                let is_new = self.retry_at.replace(Instant::now() + RETRY).is_none();
                self.state.is_failing.store(true, Relaxed);
                if is_new {
                    tracing::error!(
                        error.message = %error,
                        "The audit log cannot be written; trying again until it can"
                    );
                }
            }
        }
    }

    fn tell_head(&mut self) {
        self.book.tell_head();
        self.head.done();
    }

    /// Writes the last record.
    fn end(mut self) {
        self.tell_at = Instant::now();
        let now = (self.now)();
        match self.write().and_then(|()| self.book.end(now)) {
            Ok(()) => self.tell_head(),
            Err(error) => tracing::error!(
                error.message = %error,
                audit.lost = self.pending.len(),
                "The end of the audit log could not be written"
            ),
        }
        if let Some(done) = self.closing {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}
