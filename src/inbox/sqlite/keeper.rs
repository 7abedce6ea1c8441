//! The task that owns the file.

use std::{path::PathBuf, sync::Arc, time::Duration};

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{
    Health, file,
    work::{self, Work},
};
use crate::inbox::{
    clock::Clock,
    error::{Error, OpenError},
    record::size,
    sql,
    sweep::{Retention, is_tight},
};

/// How many share a commit.
const BATCH: usize = 256;
/// How often a file that failed is tried again, and swept.
const TICK: Duration = Duration::from_millis(250);
/// How long to leave a file alone that has just been swept from end to end.
const REST: Duration = Duration::from_mins(1);
/// The most pages that are given back to the disk at once.
const VACUUM: &str = "PRAGMA incremental_vacuum(2048)";

/// What the keeper is made of.
pub(super) struct Parts {
    pub(super) path: PathBuf,
    pub(super) lock: file::Lock,
    pub(super) connection: SqliteConnection,
    pub(super) read: SqlitePool,
    pub(super) work: mpsc::Receiver<Work>,
    pub(super) health: watch::Sender<Health>,
    pub(super) retention: Retention,
    pub(super) max_bytes: u64,
    pub(super) clock: Clock,
}

/// The task that owns the file.
pub(in crate::inbox) struct Keeper {
    path: PathBuf,
    /// Held for as long as this lives.
    _lock: file::Lock,
    /// None after a failure, until the file has been opened and checked anew.
    connection: Option<SqliteConnection>,
    read: SqlitePool,
    work: mpsc::Receiver<Work>,
    health: watch::Sender<Health>,
    retention: Retention,
    max_bytes: u64,
    clock: Clock,
    /// The last delivery that was swept.
    swept: i64,
    /// When to sweep again.
    rested: Instant,
    /// Looks for damage while the file is in use.
    checks: JoinSet<Option<String>>,
    /// Whether it has been found.
    is_damaged: bool,
}

impl Keeper {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            path: parts.path,
            _lock: parts.lock,
            connection: Some(parts.connection),
            read: parts.read,
            work: parts.work,
            health: parts.health,
            retention: parts.retention,
            max_bytes: parts.max_bytes,
            clock: parts.clock,
            swept: 0,
            rested: Instant::now(),
            checks: JoinSet::new(),
            is_damaged: false,
        }
    }

    pub(in crate::inbox) async fn run(mut self, shutdown: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.checks.spawn(file::damage(self.read.clone()));
        loop {
            tokio::select! {
                // What waits to be written comes last, or under load nothing else would.
                biased;
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => self.tend().await,
                Some(found) = self.checks.join_next() => {
                    if let Ok(Some(finding)) = found {
                        self.give_up(finding);
                    }
                }
                work = self.work.recv() => match work {
                    Some(work) => self.batch(work).await,
                    None => break,
                },
            }
        }
        self.checks.shutdown().await;
        self.work.close();
        while let Some(work) = self.work.recv().await {
            self.batch(work).await;
        }
        self.read.close().await;
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "The inbox was not closed cleanly; nothing is lost by that");
        }
    }

    /// Writes this and what else is waiting in one transaction, then answers.
    async fn batch(&mut self, first: Work) {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(work) = self.work.try_recv()
        {
            batch.push(work);
        }
        let outcome = self.commit(&mut batch).await;
        for work in batch {
            work.answer(&outcome);
        }
    }

    async fn commit(&mut self, batch: &mut [Work]) -> Result<(), Error> {
        let now = self.clock.now();
        let Some(connection) = &mut self.connection else {
            let failure = self.health.borrow().failure.clone();
            return Err(failure.unwrap_or(Error::Closed));
        };
        match write(connection, batch, now).await {
            Ok(used) => {
                self.publish(used);
                Ok(())
            }
            Err(error) => Err(self.fail(error).await),
        }
    }

    /// Nothing more is acknowledged on this connection, whatever it failed of.
    async fn fail(&mut self, error: sqlx::Error) -> Error {
        tracing::error!(
            %error,
            "Writing to the inbox failed; deliveries are refused until it can be opened again"
        );
        let failure = Error::from(error);
        self.health
            .send_modify(|health| health.failure = Some(failure.clone()));
        if let Some(connection) = self.connection.take() {
            // What could not be written cannot be closed well.
            let _ = connection.close().await;
        }
        failure
    }

    /// Accepts nothing more into a file that is damaged.
    fn give_up(&mut self, finding: String) {
        let path = self.path.clone();
        let damaged = OpenError::Damaged { path, finding };
        tracing::error!(error = %damaged, "The inbox is damaged; deliveries are refused");
        let failure = Some(Error::Reopen(Arc::new(damaged)));
        self.health.send_modify(|health| health.failure = failure);
        self.connection = None;
        self.is_damaged = true;
    }

    async fn tend(&mut self) {
        if self.is_damaged {
            return;
        }
        if self.connection.is_none() {
            self.reopen().await;
        } else if let Err(error) = self.sweep().await {
            self.fail(error).await;
        }
    }

    /// Opens and checks the file; it is tried again with the next tick where it fails.
    async fn reopen(&mut self) {
        let opened = async {
            let mut connection = file::open(&self.path).await?;
            // The first write shows whether there is any space.
            let used = probe(&mut connection).await?;
            Ok((connection, used))
        };
        match opened.await {
            Ok((connection, used)) => {
                self.connection = Some(connection);
                self.health.send_modify(|health| health.failure = None);
                self.publish(used);
                self.checks.spawn(file::damage(self.read.clone()));
                tracing::info!("The inbox has been opened again; deliveries are accepted");
            }
            Err(error) => {
                let failure = Some(Error::Reopen(Arc::new(error)));
                self.health.send_modify(|health| health.failure = failure);
            }
        }
    }

    fn publish(&self, used: u64) {
        let before = self.health.borrow().used;
        let (was, is) = (
            is_tight(before, self.max_bytes),
            is_tight(used, self.max_bytes),
        );
        if is && !was {
            tracing::warn!(
                inbox.bytes = used,
                inbox.max_bytes = self.max_bytes,
                "The inbox is four fifths full; when it is full, deliveries are refused"
            );
        }
        if used != before {
            self.health.send_modify(|health| health.used = used);
        }
    }

    /// Looks at the next deliveries, deletes what is too old, and gives some of the space
    /// back.
    async fn sweep(&mut self) -> Result<(), sqlx::Error> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let tight = is_tight(self.health.borrow().used, self.max_bytes);
        let cutoffs = self.retention.cutoffs(self.clock.now(), tight);
        if tight || Instant::now() >= self.rested {
            let to: Option<i64> = sqlx::query_scalar(sql::WINDOW)
                .bind(self.swept)
                .bind(cutoffs.latest())
                .fetch_one(&mut *connection)
                .await?;
            if let Some(to) = to {
                let ranges = [
                    (sql::SWEEP_PAYLOADS, cutoffs.payloads),
                    (sql::SWEEP_INPUTS, cutoffs.payloads),
                    (sql::SWEEP_DELIVERIES, cutoffs.deliveries),
                ];
                let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
                for (statement, before) in ranges {
                    sqlx::query(statement)
                        .bind(self.swept)
                        .bind(to)
                        .bind(before)
                        .bind(cutoffs.dead)
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                self.swept = to;
            } else {
                self.swept = 0;
                self.rested = Instant::now() + REST;
            }
        }
        shrink(connection).await?;
        let used = used(connection).await?;
        self.publish(used);
        Ok(())
    }
}

async fn write(
    connection: &mut SqliteConnection,
    batch: &mut [Work],
    now: i64,
) -> Result<u64, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    work::accept(&mut transaction, batch, now).await?;
    for work in batch {
        work.apply(&mut transaction, now).await?;
    }
    transaction.commit().await?;
    used(connection).await
}

/// Writes something, so that a disk that is still full is found out by nobody's delivery.
async fn probe(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    // The version is the application's own to use.
    sqlx::query("PRAGMA user_version = 1")
        .execute(&mut *connection)
        .await?;
    used(connection).await
}

/// Gives pages back to the disk where many are free.
async fn shrink(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let (pages, free) = pages(connection).await?;
    if free > 256 && free > pages / 4 {
        sqlx::raw_sql(VACUUM).execute(connection).await?;
    }
    Ok(())
}

/// What the file holds, in bytes.
pub(super) async fn used(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    const PAGE_BYTES: i64 = 4096;
    let (pages, free) = pages(connection).await?;
    Ok(size((pages - free).saturating_mul(PAGE_BYTES)))
}

/// How many pages the file has, and how many of them are free.
async fn pages(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    let pages = sqlx::query_as(
        "SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count",
    );
    pages.fetch_one(connection).await
}
