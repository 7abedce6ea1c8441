//! The task that looks after the database.

use std::time::Duration;

use sqlx::PgPool;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::{Health, now};
use crate::{
    config,
    inbox::{
        error::Error,
        record::{micros, size},
        sql,
        sweep::{Retention, is_tight},
    },
};

/// How often to see whether the database answers, and to sweep.
const TICK: Duration = Duration::from_secs(1);
/// How often to look at all that the inbox holds, in ticks.
const MEASURED: u32 = 10;
/// Ticks to rest after all has been swept.
const REST: u32 = 60;

/// What the bodies and inputs take, and a guess at the rest.
const USED: &str = "\
    SELECT (coalesce((SELECT sum(octet_length(content)) FROM payloads), 0) \
    + coalesce((SELECT sum(octet_length(json)) FROM inputs), 0) \
    + 400 * (SELECT count(*) FROM deliveries) + 400 * (SELECT count(*) FROM launches))::bigint";

/// The database's clock may have been set back: nothing waits longer than the longest
/// pause, and no lease is longer than it was given.
const CLAMP: &str = concat!(
    "UPDATE launches SET next_at = ",
    now!(),
    " + CASE state WHEN 0 THEN $1::bigint ELSE $2::bigint END WHERE state < 2 AND next_at > ",
    now!(),
    " + CASE state WHEN 0 THEN $1::bigint ELSE $2::bigint END"
);
const NOW: &str = concat!("SELECT ", now!());
/// One server sweeps at a time; the lock goes with the transaction.
const SWEEPER: &str = "SELECT pg_try_advisory_xact_lock(7305513)";

/// The task that looks after the database.
pub(in crate::inbox) struct Keeper {
    pool: PgPool,
    health: watch::Sender<Health>,
    retention: Retention,
    max_bytes: u64,
    longest: Duration,
    lease: Duration,
    /// The last delivery that was swept.
    swept: i64,
    /// How many ticks to rest.
    rest: u32,
    ticks: u32,
}

impl Keeper {
    pub(super) fn new(
        pool: PgPool,
        health: watch::Sender<Health>,
        retention: Retention,
        config: &config::Inbox,
    ) -> Self {
        Self {
            pool,
            health,
            retention,
            max_bytes: config.max_bytes,
            longest: config.backoff.most,
            lease: config.lease,
            swept: 0,
            rest: 0,
            ticks: 0,
        }
    }

    pub(in crate::inbox) async fn run(mut self, shutdown: CancellationToken) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let outcome = self.tend().await;
            self.publish(outcome);
        }
        self.pool.close().await;
    }

    async fn tend(&mut self) -> Result<(), sqlx::Error> {
        // Whether it answers.
        sqlx::query(NOW).execute(&self.pool).await?;
        let is_due = self.ticks.is_multiple_of(MEASURED);
        // First, so that what takes too long is not tried again at once.
        self.ticks = self.ticks.wrapping_add(1);
        if is_due {
            sqlx::query(CLAMP)
                .bind(micros(self.longest))
                .bind(micros(self.lease))
                .execute(&self.pool)
                .await?;
            let used: i64 = sqlx::query_scalar(USED).fetch_one(&self.pool).await?;
            self.measured(size(used));
        }
        self.sweep().await
    }

    fn measured(&self, used: u64) {
        let before = self.health.borrow().used;
        if is_tight(used, self.max_bytes) && !is_tight(before, self.max_bytes) {
            tracing::warn!(
                inbox.bytes = used,
                inbox.max_bytes = self.max_bytes,
                "The inbox is four fifths full; when it is full, deliveries are refused"
            );
        }
        self.health.send_modify(|health| health.used = used);
    }

    fn publish(&self, outcome: Result<(), sqlx::Error>) {
        let failed = self.health.borrow().failure.is_some();
        match outcome {
            Ok(()) if failed => {
                tracing::info!("The database of the inbox answers again");
                self.health.send_modify(|health| health.failure = None);
            }
            Ok(()) => {}
            Err(error) => {
                if !failed {
                    tracing::error!(%error, "The database of the inbox failed");
                }
                let failure = Some(Error::from(error));
                self.health.send_modify(|health| health.failure = failure);
            }
        }
    }

    /// Looks at the next deliveries and deletes what is too old.
    async fn sweep(&mut self) -> Result<(), sqlx::Error> {
        let tight = is_tight(self.health.borrow().used, self.max_bytes);
        if self.rest > 0 && !tight {
            self.rest -= 1;
            return Ok(());
        }
        let mut transaction = self.pool.begin().await?;
        let is_ours: bool = sqlx::query_scalar(SWEEPER)
            .fetch_one(&mut *transaction)
            .await?;
        let now: i64 = sqlx::query_scalar(NOW).fetch_one(&mut *transaction).await?;
        let cutoffs = self.retention.cutoffs(now, tight);
        let to: Option<i64> = sqlx::query_scalar(sql::WINDOW)
            .bind(self.swept)
            .bind(cutoffs.latest())
            .fetch_one(&mut *transaction)
            .await?;
        let Some(to) = to.filter(|_| is_ours) else {
            self.swept = 0;
            self.rest = REST;
            return Ok(());
        };
        for (statement, before) in [
            (sql::SWEEP_PAYLOADS, cutoffs.payloads),
            (sql::SWEEP_INPUTS, cutoffs.payloads),
            (sql::SWEEP_DELIVERIES, cutoffs.deliveries),
        ] {
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
        Ok(())
    }
}
