//! Checking a log, line by line.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Hash, SEAM, event};

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {wrong}")]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What may be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No record at all, and nothing that an interrupted one left.
    #[error("is no record")]
    NoRecord,
    /// The line is not what its hash was made of.
    #[error("was changed: its hash does not fit")]
    Changed,
    /// The log begins in the middle.
    #[error("follows records that are missing: the log begins with record {seq} of its chain")]
    NoBeginning {
        /// The number of its first record.
        seq: u64,
    },
    /// Its first record follows one that is not there.
    #[error("follows a record that is missing: {prev}")]
    NoPredecessor {
        /// The hash of the record that is missing.
        prev: Hash,
    },
    /// Records before this one are missing.
    #[error("follows records that are missing: {found} comes where {expected} should")]
    Gap {
        /// The number that should come.
        expected: u64,
        /// The number that comes.
        found: u64,
    },
    /// A record that was there before, or stands in another's place.
    #[error("is out of order: {found} comes where {expected} should")]
    OutOfOrder {
        /// The number that should come.
        expected: u64,
        /// The number that comes.
        found: u64,
    },
    /// The record before it has another hash than the one that this was added to.
    #[error(
        "does not follow the line before, which was changed and given a new hash, or put there"
    )]
    NotLinked,
    /// Another chain's record, and not its first.
    #[error("is of another chain, whose beginning is missing")]
    OtherChain,
    /// A record behind the last of its chain.
    #[error("follows the end of its chain")]
    AfterEnd,
    /// The record that the caller knows of is not in the log.
    #[error("no record up to here has the hash {head}: the log was cut, or made anew")]
    NoHead {
        /// The hash.
        head: Hash,
    },
}

/// What a log holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many records.
    pub records: u64,
    /// How many chains.
    pub chains: u64,
    /// How many lines an interrupted process left unfinished.
    pub torn: u64,
    /// How many lines were passed over.
    pub passed_over: u64,
    /// The hash of the last record.
    pub head: Option<Hash>,
    /// Whether the last record is the last of its chain.
    pub is_ended: bool,
    /// The record of an earlier file that the log goes on from.
    pub goes_on_from: Option<Hash>,
    /// How many records are newer than the one that was asked for.
    pub newer: Option<u64>,
}

/// Checks a log whose lines are given to it one after another.
#[derive(Debug, Default)]
pub struct Verifier {
    /// Lines that are no records may stand between them.
    mixed: bool,
    /// A record that has to be there.
    wanted: Option<Hash>,
    line: u64,
    last: Option<Last>,
    /// Lines that are no records, for which the next has to account.
    torn: Option<Torn>,
    summary: Summary,
}

/// Lines that are no records.
#[derive(Debug)]
struct Torn {
    /// The first of them.
    line: u64,
    lines: u64,
    hash: Sha256,
}

/// What the next record is held against.
#[derive(Debug)]
struct Last {
    chain: String,
    seq: u64,
    hash: Hash,
    is_end: bool,
}

impl Verifier {
    /// Checks whether a record with this hash is there, too.
    #[must_use]
    pub fn with_head(self, head: Hash) -> Self {
        let wanted = Some(head);
        Self { wanted, ..self }
    }

    /// Passes over lines that are no records, of a log that is mixed with others.
    #[must_use]
    pub fn mixed(self) -> Self {
        let mixed = true;
        Self { mixed, ..self }
    }

    /// Takes the next line, without its end; gives what is wrong, if anything.
    /// After that the line counts as what it says it is, so that one fault is
    /// told once.
    pub fn line(&mut self, text: &[u8]) -> Vec<Fault> {
        self.line += 1;
        let Some(line) = Line::parse(text) else {
            self.no_record(text);
            return Vec::new();
        };
        let mut faults = Vec::new();
        match self.torn.take() {
            Some(torn) if line.accounts_for(&torn) => self.summary.torn += torn.lines,
            Some(torn) => faults.push(torn.into()),
            None => {}
        }
        let wrong = (!line.is_unchanged()).then_some(Wrong::Changed);
        if let Some(wrong) = wrong.or_else(|| self.link(&line)) {
            faults.push(self.fault(wrong));
        }
        self.count(line);
        faults
    }

    /// Says what the log holds, or what is wrong with its end.
    pub fn finish(mut self) -> (Summary, Vec<Fault>) {
        let mut faults: Vec<_> = self.torn.take().map(Fault::from).into_iter().collect();
        if let Some(head) = self.wanted.filter(|_| self.summary.newer.is_none()) {
            faults.push(self.fault(Wrong::NoHead { head }));
        }
        if self.summary.records == 0 && faults.is_empty() {
            faults.push(self.fault(Wrong::NoRecord));
        }
        (self.summary, faults)
    }

    fn fault(&self, wrong: Wrong) -> Fault {
        let line = self.line;
        Fault { line, wrong }
    }

    fn no_record(&mut self, text: &[u8]) {
        if self.mixed {
            self.summary.passed_over += 1;
            return;
        }
        match &mut self.torn {
            Some(torn) => {
                torn.lines += 1;
                torn.hash.update(b"\n");
                torn.hash.update(text);
            }
            None => {
                self.torn = Some(Torn {
                    line: self.line,
                    lines: 1,
                    hash: Sha256::new_with_prefix(text),
                });
            }
        }
    }

    /// What is wrong between the line before and this one.
    fn link(&self, line: &Line) -> Option<Wrong> {
        let Line { seq, prev, .. } = *line;
        let Some(last) = &self.last else {
            return match line.event.as_str() {
                event::START if prev == Hash::NOTHING && seq == 0 => None,
                event::START => Some(Wrong::NoPredecessor { prev }),
                event::ROTATE => None,
                _ => Some(Wrong::NoBeginning { seq }),
            };
        };
        if line.chain != last.chain {
            return match (line.event.as_str(), seq) {
                (event::START, 0) if prev == last.hash => None,
                (event::START, 0) => Some(Wrong::NotLinked),
                _ => Some(Wrong::OtherChain),
            };
        }
        let (expected, found) = (last.seq + 1, seq);
        if last.is_end {
            Some(Wrong::AfterEnd)
        } else if found > expected {
            Some(Wrong::Gap { expected, found })
        } else if found < expected {
            Some(Wrong::OutOfOrder { expected, found })
        } else {
            (prev != last.hash).then_some(Wrong::NotLinked)
        }
    }

    fn count(&mut self, line: Line) {
        let is_end = line.event == event::END;
        let is_first = self.last.is_none();
        if is_first && line.event == event::ROTATE {
            self.summary.goes_on_from = Some(line.prev);
        }
        if self
            .last
            .as_ref()
            .is_none_or(|last| last.chain != line.chain)
        {
            self.summary.chains += 1;
        }
        self.summary.records += 1;
        self.summary.head = Some(line.hash);
        self.summary.is_ended = is_end;
        let newer = self.summary.newer.map(|newer| newer + 1);
        let is_wanted = self.wanted == Some(line.hash) && line.is_unchanged();
        self.summary.newer = if is_wanted { Some(0) } else { newer };
        self.last = Some(Last {
            chain: line.chain,
            seq: line.seq,
            hash: line.hash,
            is_end,
        });
    }
}

impl From<Torn> for Fault {
    fn from(torn: Torn) -> Self {
        let (line, wrong) = (torn.line, Wrong::NoRecord);
        Self { line, wrong }
    }
}

/// A line that has the form of a record.
#[derive(Debug)]
pub(super) struct Line {
    seq: u64,
    chain: String,
    prev: Hash,
    event: String,
    torn: Option<Hash>,
    /// What it says its hash is.
    pub(super) hash: Hash,
    /// What the hash of the rest is.
    computed: Hash,
}

#[derive(Deserialize)]
struct Members {
    seq: u64,
    chain: String,
    prev: String,
    event: String,
    torn: Option<String>,
}

impl Line {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (sealed, tail) = text.rsplit_once(SEAM)?;
        let hash = tail.strip_suffix("\"}")?.parse().ok()?;
        let members: Members = serde_json::from_str(text).ok()?;
        Some(Self {
            seq: members.seq,
            chain: members.chain,
            prev: members.prev.parse().ok()?,
            event: members.event,
            torn: members.torn.and_then(|torn| torn.parse().ok()),
            hash,
            computed: Hash::of(sealed.as_bytes()),
        })
    }

    pub(super) fn is_unchanged(&self) -> bool {
        self.hash == self.computed
    }

    /// Whether this is the first record after an interruption that left these
    /// lines.
    fn accounts_for(&self, torn: &Torn) -> bool {
        let hash = Hash(torn.hash.clone().finalize().into());
        self.torn == Some(hash) && self.event == event::START
    }
}
