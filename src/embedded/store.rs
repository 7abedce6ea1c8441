//! What the control plane remembers, in one SQLite file.
//!
//! All writes go through one connection, so no two of them compete; readers
//! have their own. Whoever changes an action announces it on a channel, which
//! is how watch streams and waiting clients learn of it without polling.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flyte_idl::flyteidl2::common::ActionPhase;
use jiff::Timestamp;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::broadcast;

pub(super) mod actions;
pub(super) mod apps;
pub(super) mod events;
pub(super) mod filter;
pub(super) mod finish;
pub(super) mod images;
pub(super) mod page;
pub(super) mod projects;
pub(super) mod runs;
pub(super) mod tasks;
pub(super) mod triggers;
pub(super) mod waiting;

/// The store failed; nothing a caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database has a schema of another version; choose a new data directory")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored message does not decode.
    #[error("a stored message does not decode")]
    Decode(#[from] buffa::DecodeError),
}

/// The name of a run in its project and domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RunKey {
    pub(super) project: String,
    pub(super) domain: String,
    pub(super) run: String,
}

/// The name of an action in its run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ActionKey {
    pub(super) run: RunKey,
    pub(super) name: String,
}

/// The name of a run's first action.
pub(super) const ROOT: &str = "a0";

impl RunKey {
    /// The run's first action, which is the run.
    pub(super) fn root(&self) -> ActionKey {
        ActionKey {
            run: self.clone(),
            name: ROOT.to_owned(),
        }
    }
}

/// Where an action is on its way through the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[repr(i64)]
pub(super) enum Progress {
    /// Known, but not yet to be run.
    Stored = 0,
    /// To be run.
    Queued = 1,
    /// An attempt is under way.
    Running = 2,
    /// Never to be run again.
    Done = 3,
}

/// A cheap handle on the store.
#[derive(Clone)]
pub(super) struct Store {
    read: SqlitePool,
    write: SqlitePool,
    changes: broadcast::Sender<ActionKey>,
    /// How many of them there were.
    version: Arc<AtomicU64>,
    now: fn() -> Timestamp,
}

impl Store {
    /// Opens the file, or makes it, and brings its schema up to date.
    pub(super) async fn open(file: &Path, now: fn() -> Timestamp) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true);
        let pool = |size| SqlitePoolOptions::new().max_connections(size);
        let write = pool(1).connect_with(options.clone()).await?;
        sqlx::migrate!("src/embedded/migrations")
            .run(&write)
            .await?;
        let store = Self {
            read: pool(4).connect_with(options).await?,
            write,
            changes: broadcast::Sender::new(1024),
            version: Arc::default(),
            now,
        };
        store.create_default_projects().await?;
        Ok(store)
    }

    /// The changes from now on. A reader that lags must read everything anew.
    pub(super) fn changes(&self) -> broadcast::Receiver<ActionKey> {
        self.changes.subscribe()
    }

    /// Another one after each announced change: what is read at one version shows
    /// all changes before it.
    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The time now, as it is stored.
    pub(super) fn now(&self) -> i64 {
        (self.now)().as_microsecond()
    }

    fn announce(&self, key: ActionKey) {
        self.version.fetch_add(1, Ordering::Release);
        // An error says that nobody listens.
        let _ = self.changes.send(key);
    }
}

/// Whether nothing comes after this phase.
pub(super) fn is_terminal(phase: ActionPhase) -> bool {
    match phase {
        ActionPhase::ACTION_PHASE_SUCCEEDED
        | ActionPhase::ACTION_PHASE_FAILED
        | ActionPhase::ACTION_PHASE_ABORTED
        | ActionPhase::ACTION_PHASE_TIMED_OUT
        | ActionPhase::ACTION_PHASE_RECOVERED => true,
        ActionPhase::ACTION_PHASE_UNSPECIFIED
        | ActionPhase::ACTION_PHASE_QUEUED
        | ActionPhase::ACTION_PHASE_WAITING_FOR_RESOURCES
        | ActionPhase::ACTION_PHASE_INITIALIZING
        | ActionPhase::ACTION_PHASE_RUNNING
        | ActionPhase::ACTION_PHASE_PAUSED => false,
    }
}
