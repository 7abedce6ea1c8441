//! Putting deliveries into the file.
//!
//! Each statement is a round trip to the thread that has the file, so that all which
//! share a commit share their statements, too.

use std::collections::HashSet;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::inbox::{
    delivery::{self, Accepted, Delivery, DeliveryId, First, Memory, NewLaunch},
    record::{LaunchRow, State, time},
    sql::{self, FirstRow},
};

/// How many rows one statement brings: fewer than it may have values.
const ROWS: usize = 1_000;

/// The last numbers that were given to a delivery and to a launch.
const LAST: &str = "\
    SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'), 0), \
    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'launches'), 0)";

const DELIVERIES: &str = "\
    INSERT INTO deliveries \
    (id, hook, delivery_id, body_hash, memory, received_at, event, reason, trace) ";

/// Only the new ones are returned.
const IF_NEW: &str = " ON CONFLICT DO NOTHING RETURNING id";

const PAYLOADS: &str = "INSERT INTO payloads (delivery, content) ";

const LAUNCHES: &str = "\
    INSERT INTO launches \
    (id, delivery, task, version, key, labels, accepted_at, next_at, state, run) ";

const INPUTS: &str = "INSERT INTO inputs (launch, json) ";

/// A launch with its number.
struct Numbered<'a> {
    id: i64,
    delivery: i64,
    launch: &'a NewLaunch,
}

/// Puts all of them into the file that are new, and says of each what came of it.
pub(super) async fn accept(
    connection: &mut SqliteConnection,
    deliveries: &[&Delivery],
    now: i64,
) -> Result<Vec<Accepted>, sqlx::Error> {
    let (delivery, launch): (i64, i64) = sqlx::query_as(LAST).fetch_one(&mut *connection).await?;
    let all: Vec<_> = (delivery + 1..).zip(deliveries.iter().copied()).collect();
    let new = add_deliveries(connection, &all).await?;
    let stored = || all.iter().filter(|(id, _)| new.contains(id));
    let payloads: Vec<_> = stored()
        .filter_map(|(id, delivery)| Some((*id, delivery.payload.as_deref()?)))
        .collect();
    let launches: Vec<_> = stored()
        .flat_map(|(id, delivery)| delivery.launches.iter().map(|launch| (*id, launch)))
        .zip(launch + 1..)
        .map(|((delivery, launch), id)| Numbered {
            id,
            delivery,
            launch,
        })
        .collect();
    add_payloads(connection, &payloads).await?;
    add_launches(connection, &launches, now).await?;
    let mut accepted = Vec::with_capacity(all.len());
    for (id, delivery) in &all {
        accepted.push(if new.contains(id) {
            Accepted::Stored(DeliveryId(*id))
        } else {
            let first = first(connection, delivery).await?;
            Accepted::Duplicate(first.ok_or(sqlx::Error::RowNotFound)?)
        });
    }
    Ok(accepted)
}

/// The numbers of those that are new.
async fn add_deliveries(
    connection: &mut SqliteConnection,
    deliveries: &[(i64, &Delivery)],
) -> Result<HashSet<i64>, sqlx::Error> {
    let mut new = HashSet::new();
    for some in deliveries.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(DELIVERIES);
        insert.push_values(some, |mut row, (id, delivery)| {
            row.push_bind(id)
                .push_bind(&delivery.hook)
                .push_bind(&delivery.delivery_id)
                .push_bind(delivery.body_hash.as_slice())
                .push_bind(delivery.memory as i64)
                .push_bind(delivery.received_at.as_microsecond())
                .push_bind(&delivery.event)
                .push_bind(&delivery.reason)
                .push_bind(delivery::trace(delivery));
        });
        let insert = insert.push(IF_NEW).build_query_scalar::<i64>();
        let insert = insert.persistent(is_kept(some.len()));
        new.extend(insert.fetch_all(&mut *connection).await?);
    }
    Ok(new)
}

async fn add_payloads(
    connection: &mut SqliteConnection,
    payloads: &[(i64, &[u8])],
) -> Result<(), sqlx::Error> {
    for some in payloads.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(PAYLOADS);
        insert.push_values(some, |mut row, (delivery, content)| {
            row.push_bind(delivery).push_bind(*content);
        });
        put(connection, insert, some.len()).await?;
    }
    Ok(())
}

async fn add_launches(
    connection: &mut SqliteConnection,
    launches: &[Numbered<'_>],
    now: i64,
) -> Result<(), sqlx::Error> {
    for some in launches.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(LAUNCHES);
        insert.push_values(
            some,
            |mut row,
             Numbered {
                 id,
                 delivery,
                 launch,
             }| {
                let state = if launch.run.is_some() {
                    State::Launched
                } else {
                    State::Pending
                };
                row.push_bind(id)
                    .push_bind(delivery)
                    .push_bind(&launch.task)
                    .push_bind(&launch.version)
                    .push_bind(&launch.key)
                    .push_bind(delivery::labels(launch))
                    .push_bind(now)
                    .push_bind(now)
                    .push_bind(state as i64)
                    .push_bind(&launch.run);
            },
        );
        put(connection, insert, some.len()).await?;
        let mut insert = QueryBuilder::<Sqlite>::new(INPUTS);
        insert.push_values(some, |mut row, Numbered { id, launch, .. }| {
            row.push_bind(id).push_bind(&launch.inputs);
        });
        put(connection, insert, some.len()).await?;
    }
    Ok(())
}

/// Has the rows inserted that a statement is full of.
async fn put(
    connection: &mut SqliteConnection,
    mut insert: QueryBuilder<Sqlite>,
    rows: usize,
) -> Result<(), sqlx::Error> {
    let insert = insert.build().persistent(is_kept(rows));
    insert.execute(connection).await?;
    Ok(())
}

/// Whether a statement for so many rows is worth keeping prepared: the one for a single row
/// is. Those for many differ by how many, and would take megabytes together.
fn is_kept(rows: usize) -> bool {
    rows == 1
}

/// The delivery that was here first.
pub(super) async fn first(
    connection: &mut SqliteConnection,
    delivery: &Delivery,
) -> Result<Option<First>, sqlx::Error> {
    let row: Option<FirstRow> = sqlx::query_as(sql::FIRST)
        .bind(&delivery.hook)
        .bind(&delivery.delivery_id)
        .bind(delivery.body_hash.as_slice())
        .bind(delivery.memory == Memory::IdAndBody)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let launches: Vec<LaunchRow> = sqlx::query_as(sql::LAUNCHES_OF)
        .bind(row.id)
        .fetch_all(connection)
        .await?;
    Ok(Some(First {
        id: DeliveryId(row.id),
        same_body: row.same_body,
        received_at: time(row.received_at),
        reason: row.reason,
        launches: launches.into_iter().map(LaunchRow::record).collect(),
    }))
}
