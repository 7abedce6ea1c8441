//! Putting deliveries into the file.

use sqlx::SqliteConnection;

use crate::inbox::{
    delivery::{self, Accepted, Delivery, DeliveryId, First, Memory, NewLaunch},
    record::{LaunchRow, State, time},
    sql::{self, FirstRow},
};

/// A new launch: delivery, task, version, key, labels, accepted, state, run.
const LAUNCH: &str = "\
    INSERT INTO launches \
    (delivery, task, version, key, labels, accepted_at, next_at, state, run) \
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";

pub(super) async fn accept(
    connection: &mut SqliteConnection,
    delivery: &Delivery,
    now: i64,
) -> Result<Accepted, sqlx::Error> {
    let inserted: Option<i64> = sqlx::query_scalar(sql::DELIVERY)
        .bind(&delivery.hook)
        .bind(&delivery.delivery_id)
        .bind(delivery.body_hash.as_slice())
        .bind(delivery.memory as i64)
        .bind(delivery.received_at.as_microsecond())
        .bind(&delivery.event)
        .bind(&delivery.reason)
        .bind(delivery::trace(delivery))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(id) = inserted else {
        let first = first(connection, delivery).await?;
        return first
            .map(Accepted::Duplicate)
            .ok_or(sqlx::Error::RowNotFound);
    };
    if let Some(payload) = &delivery.payload {
        let query = sqlx::query(sql::PAYLOAD).bind(id).bind(payload.as_slice());
        query.execute(&mut *connection).await?;
    }
    for launch in &delivery.launches {
        add(connection, id, launch, now).await?;
    }
    Ok(Accepted::Stored(DeliveryId(id)))
}

async fn add(
    connection: &mut SqliteConnection,
    delivery: i64,
    launch: &NewLaunch,
    now: i64,
) -> Result<(), sqlx::Error> {
    let state = if launch.run.is_some() {
        State::Launched
    } else {
        State::Pending
    };
    let inserted = sqlx::query(LAUNCH)
        .bind(delivery)
        .bind(&launch.task)
        .bind(&launch.version)
        .bind(&launch.key)
        .bind(delivery::labels(launch))
        .bind(now)
        .bind(state as i64)
        .bind(&launch.run)
        .execute(&mut *connection)
        .await?;
    sqlx::query(sql::INPUTS)
        .bind(inserted.last_insert_rowid())
        .bind(&launch.inputs)
        .execute(connection)
        .await?;
    Ok(())
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
