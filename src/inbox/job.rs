//! A launch on its way through the worker.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use sqlx::FromRow;

use super::{
    delivery::DeliveryId,
    record::{State, count, time},
};
use crate::trace;

/// The number of a launch in the inbox, given once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaunchId(pub i64);

/// The right to say what came of a launch, until it has passed to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub(super) launch: LaunchId,
    /// Another with each lease.
    pub(super) fence: i64,
}

/// A launch that was claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The right to settle it.
    pub lease: Lease,
    /// The delivery that starts it.
    pub delivery: DeliveryId,
    /// The hook that the delivery came to.
    pub hook: String,
    /// The provider's id of the delivery.
    pub delivery_id: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The task: `domain/project/name`.
    pub task: String,
    /// Its version; the latest if none.
    pub version: Option<String>,
    /// The inputs as a JSON object.
    pub inputs: String,
    /// One run for each key and each replay.
    pub key: String,
    /// How often a run that was launched has been asked for once more.
    pub replays: u32,
    /// The labels of the run.
    pub labels: BTreeMap<String, String>,
    /// How many attempts there were, this one included.
    pub attempts: u32,
    /// The run, where one has been created and was in the queue when last looked at.
    pub run: Option<String>,
    /// The trace that the delivery came in.
    pub trace: Option<trace::Context>,
}

/// What a claim gave.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The launches, the longest due first.
    pub jobs: Vec<Job>,
    /// How long until the next is due, where nothing is due now.
    pub next: Option<Duration>,
}

/// What came of a claimed launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// Its run has left the queue.
    Launched {
        /// The run.
        run: String,
    },
    /// Its run is in the queue: to be looked at again. That was no failed attempt.
    Queued {
        /// The run.
        run: String,
        /// When.
        again: Duration,
    },
    /// It failed, and is to be tried again.
    Retry {
        /// When.
        again: Duration,
        /// Why.
        reason: String,
    },
    /// It is a dead letter.
    Dead {
        /// Why.
        reason: String,
    },
    /// Nothing was done with it.
    Returned,
}

impl Settlement {
    /// The word for it.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Launched { .. } => "launched",
            Self::Queued { .. } => "queued",
            Self::Retry { .. } => "retry",
            Self::Dead { .. } => "dead",
            Self::Returned => "returned",
        }
    }
}

/// A settlement as it is written.
pub(super) struct Change<'a> {
    pub(super) state: State,
    pub(super) again: Duration,
    pub(super) run: Option<&'a str>,
    pub(super) reason: Option<&'a str>,
    /// How many attempts did not count.
    pub(super) uncounted: i64,
}

impl<'a> Change<'a> {
    pub(super) fn of(settled: &'a Settlement) -> Self {
        let base = Self {
            state: State::Pending,
            again: Duration::ZERO,
            run: None,
            reason: None,
            uncounted: 0,
        };
        match settled {
            Settlement::Launched { run } => Self {
                state: State::Launched,
                run: Some(run),
                ..base
            },
            Settlement::Queued { run, again } => Self {
                again: *again,
                run: Some(run),
                uncounted: 1,
                ..base
            },
            Settlement::Retry { again, reason } => Self {
                again: *again,
                reason: Some(reason),
                ..base
            },
            Settlement::Dead { reason } => Self {
                state: State::Dead,
                reason: Some(reason),
                ..base
            },
            Settlement::Returned => Self {
                uncounted: 1,
                ..base
            },
        }
    }
}

/// A claimed launch as it is stored.
#[derive(FromRow)]
pub(super) struct JobRow {
    id: i64,
    fence: i64,
    delivery: i64,
    hook: String,
    delivery_id: String,
    accepted_at: i64,
    task: String,
    version: Option<String>,
    inputs: String,
    key: String,
    replays: i64,
    labels: String,
    attempts: i64,
    run: Option<String>,
    trace: Option<String>,
}

impl JobRow {
    pub(super) fn job(self) -> Job {
        let lease = Lease {
            launch: LaunchId(self.id),
            fence: self.fence,
        };
        Job {
            lease,
            delivery: DeliveryId(self.delivery),
            hook: self.hook,
            delivery_id: self.delivery_id,
            accepted_at: time(self.accepted_at),
            task: self.task,
            version: self.version,
            inputs: self.inputs,
            key: self.key,
            replays: count(self.replays),
            // They were written from such a map.
            labels: serde_json::from_str(&self.labels).unwrap_or_default(),
            attempts: count(self.attempts),
            run: self.run,
            trace: self.trace.as_deref().and_then(trace::Context::from_text),
        }
    }
}
