//! What can be read of the inbox.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::FromRow;

use super::{delivery::DeliveryId, job::LaunchId};

/// Where a launch is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// To be launched.
    Pending = 0,
    /// An attempt is under way.
    Leased = 1,
    /// Its run has left the queue.
    Launched = 2,
    /// It is a dead letter, with its reason.
    Dead = 3,
}

impl State {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Leased => "leased",
            Self::Launched => "launched",
            Self::Dead => "dead",
        }
    }

    fn of(number: i64) -> Self {
        match number {
            0 => Self::Pending,
            1 => Self::Leased,
            2 => Self::Launched,
            // A number that this version does not know is nothing it may touch.
            _ => Self::Dead,
        }
    }
}

/// A delivery as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its number.
    pub id: DeliveryId,
    /// The hook that it came to.
    pub hook: String,
    /// The provider's id of it.
    pub delivery_id: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What people are shown of it, as JSON.
    pub event: String,
    /// Why it starts nothing, where it does not.
    pub reason: Option<String>,
    /// Whether its body is still kept.
    pub has_payload: bool,
    /// What it starts.
    pub launches: Vec<LaunchRecord>,
}

/// A launch as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchRecord {
    /// Its number.
    pub id: LaunchId,
    /// The task: `domain/project/name`.
    pub task: String,
    /// Its version; the latest if none.
    pub version: Option<String>,
    /// One run for each key.
    pub key: String,
    /// Where it is.
    pub state: State,
    /// How many attempts there were.
    pub attempts: u32,
    /// The run, if there is one.
    pub run: Option<String>,
    /// What the last attempt failed of.
    pub reason: Option<String>,
}

/// Which deliveries to show.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this hook.
    pub hook: Option<String>,
    /// Only those with a launch in this state.
    pub state: Option<State>,
    /// Only those before this one: where the last page ended.
    pub before: Option<DeliveryId>,
    /// At most so many.
    pub limit: u32,
}

/// How full the inbox is, and how far behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Launches that have not been launched.
    pub pending: u64,
    /// How long the oldest of them has been here.
    pub oldest: Option<Duration>,
    /// Dead letters.
    pub dead: u64,
    /// What the inbox holds, in bytes.
    pub bytes: u64,
    /// What it may hold.
    pub max_bytes: u64,
}

/// A row of `sql::RECORDS`.
#[derive(FromRow)]
pub(super) struct RecordRow {
    id: i64,
    hook: String,
    delivery_id: String,
    received_at: i64,
    event: String,
    reason: Option<String>,
    has_payload: bool,
}

/// A row of `sql::LAUNCHES`.
#[derive(FromRow)]
pub(super) struct LaunchRow {
    id: i64,
    delivery: i64,
    task: String,
    version: Option<String>,
    key: String,
    state: i64,
    attempts: i64,
    run: Option<String>,
    reason: Option<String>,
}

impl RecordRow {
    pub(super) fn id(&self) -> i64 {
        self.id
    }
}

impl LaunchRow {
    pub(super) fn record(self) -> LaunchRecord {
        LaunchRecord {
            id: LaunchId(self.id),
            task: self.task,
            version: self.version,
            key: self.key,
            state: State::of(self.state),
            attempts: count(self.attempts),
            run: self.run,
            reason: self.reason,
        }
    }
}

/// Gives each delivery its launches.
pub(super) fn assemble(rows: Vec<RecordRow>, launches: Vec<LaunchRow>) -> Vec<Record> {
    let mut records: Vec<Record> = rows.into_iter().map(record).collect();
    for launch in launches {
        let of = DeliveryId(launch.delivery);
        if let Some(record) = records.iter_mut().find(|record| record.id == of) {
            record.launches.push(launch.record());
        }
    }
    records
}

fn record(row: RecordRow) -> Record {
    Record {
        id: DeliveryId(row.id),
        hook: row.hook,
        delivery_id: row.delivery_id,
        received_at: time(row.received_at),
        event: row.event,
        reason: row.reason,
        has_payload: row.has_payload,
        launches: Vec::new(),
    }
}

/// A stored time.
pub(super) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A stored count.
pub(super) fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// A stored size.
pub(super) fn size(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A time span as it is stored.
pub(super) fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
