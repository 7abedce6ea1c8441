//! What an engine is given for a task that it created, and gives back when it asks
//! for it: the result itself, or what a request in the background is known by.
//!
//! Any replica can read it, and it outlives a restart. It comes back from outside,
//! so that it is sealed: with the configured key nobody else can make one up.

use buffa::Message;
use flyte_idl::flyteidl2::connector::Resource;
use flyte_webhook_core::sealed;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::{calls::Id, outcome::Outcome};

const DONE: u8 = 1;
const RUNNING: u8 = 2;

/// What an engine keeps of a task.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meta {
    /// What came of it.
    Done(Box<Outcome>),
    /// A request that went on in the background.
    Running(Running),
}

/// A request that went on in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) id: Id,
    /// The process that makes it.
    pub(super) process: Id,
    /// When it has ended at the latest, in milliseconds since the epoch.
    pub(super) ends_ms: i64,
    /// Whether the request may be made again though its outcome is unknown.
    pub(super) is_repeatable: bool,
}

/// Seals and opens; knows which requests are this process's own.
pub(super) struct Seal {
    key: Option<SecretString>,
    pub(super) process: Id,
}

impl Seal {
    pub(super) fn new(key: Option<SecretString>) -> Self {
        let process = rand::random();
        Self { key, process }
    }

    pub(super) fn close(&self, meta: &Meta) -> Vec<u8> {
        let mut bytes = Vec::new();
        match meta {
            Meta::Done(outcome) => {
                bytes.push(DONE);
                bytes.extend(outcome.resource().encode_to_vec());
            }
            Meta::Running(running) => {
                bytes.push(RUNNING);
                bytes.extend(running.id);
                bytes.extend(running.process);
                bytes.extend(running.ends_ms.to_be_bytes());
                bytes.push(running.is_repeatable.into());
            }
        }
        sealed::seal(self.key(), &bytes)
    }

    /// None for what was not made here, or with another key.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Meta> {
        let (kind, bytes) = sealed::open(self.key(), sealed)?.split_first()?;
        match *kind {
            DONE => {
                let resource = Resource::decode_from_slice(bytes).ok()?;
                Outcome::of(resource).map(|outcome| Meta::Done(Box::new(outcome)))
            }
            RUNNING => Running::read(bytes).map(Meta::Running),
            _ => None,
        }
    }

    fn key(&self) -> Option<&[u8]> {
        let key = self.key.as_ref();
        key.map(|key| key.expose_secret().as_bytes())
    }
}

impl Running {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (id, bytes) = bytes.split_first_chunk()?;
        let (process, bytes) = bytes.split_first_chunk()?;
        let (ends, bytes) = bytes.split_first_chunk()?;
        let [is_repeatable] = *bytes else {
            return None;
        };
        Some(Self {
            id: *id,
            process: *process,
            ends_ms: i64::from_be_bytes(*ends),
            is_repeatable: is_repeatable == 1,
        })
    }

    /// Whether the request has ended for so long, whoever made it.
    pub(super) fn is_over_for(&self, grace: std::time::Duration, now: Timestamp) -> bool {
        let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        now.as_millisecond() > self.ends_ms.saturating_add(grace)
    }
}

/// When a request that begins now has ended at the latest.
pub(super) fn latest_end(now: Timestamp, timeout: std::time::Duration) -> i64 {
    let timeout = SignedDuration::try_from(timeout).unwrap_or(SignedDuration::MAX);
    let timeout = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
    now.as_millisecond().saturating_add(timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_away_is_read_back_and_nothing_else_is() {
        let seal = Seal::new(Some("a key of at least 32 characters!".into()));
        let running = Meta::Running(Running {
            id: [1; 16],
            process: [2; 16],
            ends_ms: 1_700_000_000_000,
            is_repeatable: true,
        });
        for meta in [Meta::Done(Box::new(Outcome::failed("no"))), running] {
            let sealed = seal.close(&meta);
            assert_eq!(seal.open(&sealed), Some(meta.clone()));
            assert_eq!(Seal::new(None).open(&sealed), None);
            assert_eq!(seal.open(&Seal::new(None).close(&meta)), None);
            for length in 0..sealed.len() {
                assert_eq!(seal.open(&sealed[..length]), None);
            }
        }
        assert_eq!(Seal::new(None).open(&sealed::seal(None, &[9, 1, 2])), None);
        assert_eq!(Seal::new(None).open(&sealed::seal(None, &[])), None);
    }
}
