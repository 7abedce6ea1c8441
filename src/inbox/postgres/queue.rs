//! What waits in the database, and what comes of it.

use std::time::Duration;

use super::{Postgres, now};
use crate::inbox::{
    delivery::DeliveryId,
    error::Error,
    job::{Change, Claimed, JobRow, Lease, Settlement},
    record::{micros, size},
};

/// The longest due that nobody else is taking: for how long, how many. They are found
/// once: a subquery may be asked for each row, and each time find others.
const CLAIM: &str = concat!(
    "WITH due AS MATERIALIZED (SELECT id FROM launches WHERE state < 2 AND next_at <= ",
    now!(),
    " ORDER BY next_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) ",
    "UPDATE launches l SET state = 1, attempts = attempts + 1, fence = fence + 1, next_at = ",
    now!(),
    " + $1 FROM due WHERE l.id = due.id RETURNING l.id"
);

/// What is to be known of the claimed.
const JOBS: &str = "\
    SELECT l.id, l.fence, l.delivery, d.hook, d.delivery_id, l.accepted_at, l.task, l.version, \
    i.json AS inputs, l.key, l.replays, l.labels, l.attempts, l.run, d.trace \
    FROM launches l JOIN deliveries d ON d.id = l.delivery JOIN inputs i ON i.launch = l.id \
    WHERE l.id = ANY($1) ORDER BY l.id";

/// How long until the next is due.
const NEXT: &str = concat!(
    "SELECT min(next_at) - ",
    now!(),
    " FROM launches WHERE state < 2"
);

/// A lease that goes on: number, fence, for how long.
const RENEW: &str = concat!(
    "UPDATE launches SET next_at = ",
    now!(),
    " + $3 WHERE id = $1 AND fence = $2 AND state = 1"
);

/// What came of a claimed launch: number, fence, state, when next, run, reason, how many
/// attempts did not count.
const SETTLE: &str = concat!(
    "UPDATE launches SET state = $3, next_at = ",
    now!(),
    " + $4, run = coalesce($5, run), reason = $6, attempts = attempts - $7 ",
    "WHERE id = $1 AND fence = $2 AND state = 1"
);

/// A delivery's launches once more: what has been launched as another run.
const REPLAY: &str = concat!(
    "UPDATE launches SET replays = replays + CASE state WHEN 2 THEN 1 ELSE 0 END, ",
    "run = CASE state WHEN 2 THEN NULL ELSE run END, ",
    "state = 0, attempts = 0, reason = NULL, next_at = ",
    now!(),
    ", accepted_at = ",
    now!(),
    " WHERE delivery = $1 AND state > 1 ",
    "AND EXISTS (SELECT 1 FROM inputs i WHERE i.launch = launches.id)"
);

/// Everything that waits is due now.
const HURRY: &str = concat!(
    "UPDATE launches SET next_at = ",
    now!(),
    " WHERE state = 0 AND next_at > ",
    now!()
);

impl Postgres {
    pub(in crate::inbox) async fn claim(
        &self,
        most: usize,
        lease: Duration,
    ) -> Result<Claimed, Error> {
        let mut transaction = self.pool.begin().await?;
        let ids: Vec<i64> = sqlx::query_scalar(CLAIM)
            .bind(micros(lease))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        if ids.is_empty() {
            let next: Option<i64> = sqlx::query_scalar(NEXT)
                .fetch_one(&mut *transaction)
                .await?;
            let next = next.map(|next| Duration::from_micros(size(next)));
            let jobs = Vec::new();
            return Ok(Claimed { jobs, next });
        }
        let rows: Vec<JobRow> = sqlx::query_as(JOBS)
            .bind(&ids)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let jobs = rows.into_iter().map(JobRow::job).collect();
        Ok(Claimed { jobs, next: None })
    }

    pub(in crate::inbox) async fn renew(
        &self,
        lease: Lease,
        time: Duration,
    ) -> Result<bool, Error> {
        let renewed = sqlx::query(RENEW)
            .bind(lease.launch.0)
            .bind(lease.fence)
            .bind(micros(time))
            .execute(&self.pool)
            .await?;
        Ok(renewed.rows_affected() == 1)
    }

    pub(in crate::inbox) async fn settle(
        &self,
        lease: Lease,
        settled: Settlement,
    ) -> Result<bool, Error> {
        let change = Change::of(&settled);
        let changed = sqlx::query(SETTLE)
            .bind(lease.launch.0)
            .bind(lease.fence)
            .bind(change.state as i64)
            .bind(micros(change.again))
            .bind(change.run)
            .bind(change.reason)
            .bind(change.uncounted)
            .execute(&self.pool)
            .await?;
        Ok(changed.rows_affected() == 1)
    }

    pub(in crate::inbox) async fn replay(&self, id: DeliveryId) -> Result<Option<u64>, Error> {
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = $1)")
                .bind(id.0)
                .fetch_one(&self.pool)
                .await?;
        let replayed = sqlx::query(REPLAY).bind(id.0).execute(&self.pool).await?;
        Ok(known.then_some(replayed.rows_affected()))
    }

    pub(in crate::inbox) async fn hurry(&self) -> Result<(), Error> {
        sqlx::query(HURRY).execute(&self.pool).await?;
        Ok(())
    }
}
