//! The chain of a process in the place where it is kept.
//!
//! What is written is written whole or not at all: the chain goes on only after the
//! sink has taken the lines.

use std::io;

use flyte_webhook_core::chain::{Chain, event};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    record::{Record, in_utc},
    sink::{Error, Moved, Sink},
};
use crate::config::AuditLog;

const LOST: &str = "lost";
const SUPPRESSED: &str = "suppressed";

/// A chain, and where it is kept.
pub(super) struct Book {
    sink: Sink,
    chain: Chain,
    /// Why the file is another one, until it says so itself.
    moved: Option<Moved>,
}

/// How many records there are not, and why.
#[derive(Clone, Copy, Default)]
pub(super) struct Missing {
    /// They could not be taken.
    pub(super) lost: u64,
    /// They were failures of strangers beyond what is recorded.
    pub(super) suppressed: u64,
}

/// What records have that are not of requests.
#[derive(Serialize)]
struct Note {
    #[serde(serialize_with = "in_utc")]
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl Note {
    fn at(time: Timestamp) -> Self {
        Self {
            time,
            version: None,
            torn: None,
            reason: None,
            count: None,
        }
    }
}

impl Moved {
    fn reason(self) -> &'static str {
        match self {
            Self::Renamed => "the file was moved",
            Self::Cut => "the file was cut by somebody else",
        }
    }
}

impl Book {
    /// Opens the log and writes the first record.
    pub(super) fn open(log: &AuditLog, now: Timestamp) -> Result<Self, Error> {
        let (mut sink, tail) = Sink::open(log)?;
        let mut chain = Chain::new(rand::random(), tail.head);
        let start = Note {
            version: Some(env!("CARGO_PKG_VERSION")),
            torn: tail.torn.map(|torn| torn.to_string()),
            ..Note::at(now)
        };
        let mut line = chain.seal(event::START, &start);
        if tail.is_open {
            line.insert(0, '\n');
        }
        let written = sink.append(line.as_bytes()).and_then(|()| sink.sync());
        written.map_err(|source| Error::new(log, source))?;
        let moved = None;
        Ok(Self { sink, chain, moved })
    }

    /// Adds records, and how many there are not where that is to be told.
    pub(super) fn add<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Record>,
        missing: Missing,
        now: Timestamp,
    ) -> io::Result<()> {
        self.moved = self.sink.follow()?.or(self.moved);
        let mut chain = self.chain.clone();
        let mut lines = String::new();
        if let Some(moved) = self.moved {
            let reason = Some(moved.reason());
            let note = Note {
                reason,
                ..Note::at(now)
            };
            lines.push_str(&chain.seal(event::ROTATE, &note));
        }
        for record in records {
            lines.push_str(&chain.seal(record.event(), &record.members()));
        }
        let Missing { lost, suppressed } = missing;
        for (event, count) in [(LOST, lost), (SUPPRESSED, suppressed)] {
            if count > 0 {
                let count = Some(count);
                let note = Note {
                    count,
                    ..Note::at(now)
                };
                lines.push_str(&chain.seal(event, &note));
            }
        }
        self.sink.append(lines.as_bytes())?;
        self.chain = chain;
        self.moved = None;
        Ok(())
    }

    /// Has the disk take what was written.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.sink.sync()
    }

    /// Adds the last record.
    pub(super) fn end(&mut self, now: Timestamp) -> io::Result<()> {
        let line = self.chain.seal(event::END, &Note::at(now));
        self.sink.append(line.as_bytes())?;
        self.sink.sync()
    }

    /// Says how far the log is, for whoever has to know that its end was not cut.
    pub(super) fn tell_head(&self) {
        tracing::info!(
            audit.chain = self.chain.id(),
            audit.records = self.chain.length(),
            audit.head = %self.chain.head(),
            "This is the head of the audit log",
        );
    }
}
