//! What waits in the file, and what comes of it.

use std::time::Duration;

use sqlx::SqliteConnection;

use crate::inbox::{
    delivery::DeliveryId,
    job::{Change, Job, JobRow, Lease, Settlement},
    record::micros,
};

/// The longest due, taken until a time: now, until, how many.
const CLAIM: &str = "\
    UPDATE launches SET state = 1, attempts = attempts + 1, fence = fence + 1, next_at = $2 \
    WHERE id IN (SELECT id FROM launches WHERE state < 2 AND next_at <= $1 \
    ORDER BY next_at, id LIMIT $3) RETURNING id";

/// What is to be known of the claimed, by a JSON list of their numbers.
const JOBS: &str = "\
    SELECT l.id, l.fence, l.delivery, d.hook, d.delivery_id, l.accepted_at, l.task, l.version, \
    i.json AS inputs, l.key, l.replays, l.labels, l.attempts, l.run, d.trace \
    FROM launches l JOIN deliveries d ON d.id = l.delivery JOIN inputs i ON i.launch = l.id \
    WHERE l.id IN (SELECT value FROM json_each($1)) ORDER BY l.id";

/// What came of a claimed launch: number, fence, state, when next, run, reason, how many
/// attempts did not count.
const SETTLE: &str = "\
    UPDATE launches SET state = $3, next_at = $4, run = coalesce($5, run), reason = $6, \
    attempts = attempts - $7 WHERE id = $1 AND fence = $2 AND state = 1";

/// A lease that goes on: number, fence, until when.
const RENEW: &str = "UPDATE launches SET next_at = $3 WHERE id = $1 AND fence = $2 AND state = 1";

/// A delivery's launches once more, from now: what has been launched as another run.
const REPLAY: &str = "\
    UPDATE launches SET replays = replays + CASE state WHEN 2 THEN 1 ELSE 0 END, \
    run = CASE state WHEN 2 THEN NULL ELSE run END, \
    state = 0, attempts = 0, next_at = $2, accepted_at = $2, reason = NULL \
    WHERE delivery = $1 AND state > 1 \
    AND EXISTS (SELECT 1 FROM inputs i WHERE i.launch = launches.id)";

/// Everything that waits is due now.
const HURRY: &str = "UPDATE launches SET next_at = $1 WHERE state = 0 AND next_at > $1";

/// After a start: nobody holds a lease, and whatever the clock was before, nothing waits
/// longer than the longest pause.
const RESTART: &str = "\
    UPDATE launches SET state = 0, next_at = CASE state WHEN 1 THEN $1 ELSE $2 END \
    WHERE state < 2 AND (state = 1 OR next_at > $2)";

pub(super) async fn restart(
    connection: &mut SqliteConnection,
    now: i64,
    longest: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query(RESTART)
        .bind(now)
        .bind(now.saturating_add(micros(longest)))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    most: usize,
    lease: Duration,
    now: i64,
) -> Result<Vec<Job>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar(CLAIM)
        .bind(now)
        .bind(now.saturating_add(micros(lease)))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
    let rows: Vec<JobRow> = sqlx::query_as(JOBS)
        .bind(list(&ids))
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(JobRow::job).collect())
}

pub(super) async fn renew(
    connection: &mut SqliteConnection,
    lease: Lease,
    time: Duration,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let renewed = sqlx::query(RENEW)
        .bind(lease.launch.0)
        .bind(lease.fence)
        .bind(now.saturating_add(micros(time)))
        .execute(connection)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

pub(super) async fn settle(
    connection: &mut SqliteConnection,
    lease: Lease,
    settled: &Settlement,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let change = Change::of(settled);
    let changed = sqlx::query(SETTLE)
        .bind(lease.launch.0)
        .bind(lease.fence)
        .bind(change.state as i64)
        .bind(now.saturating_add(micros(change.again)))
        .bind(change.run)
        .bind(change.reason)
        .bind(change.uncounted)
        .execute(connection)
        .await?;
    Ok(changed.rows_affected() == 1)
}

pub(super) async fn replay(
    connection: &mut SqliteConnection,
    id: DeliveryId,
    now: i64,
) -> Result<Option<u64>, sqlx::Error> {
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM deliveries WHERE id = $1)")
        .bind(id.0)
        .fetch_one(&mut *connection)
        .await?;
    let replayed = sqlx::query(REPLAY)
        .bind(id.0)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(known.then_some(replayed.rows_affected()))
}

pub(super) async fn hurry(connection: &mut SqliteConnection, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query(HURRY).bind(now).execute(connection).await?;
    Ok(())
}

/// Numbers as SQLite takes a list of them.
pub(super) fn list(ids: &[i64]) -> String {
    serde_json::to_string(ids).expect("numbers are JSON")
}
