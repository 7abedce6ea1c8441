//! Putting deliveries into the database.

use sqlx::PgConnection;

use super::{Postgres, now};
use crate::inbox::{
    delivery::{self, Accepted, Delivery, DeliveryId, First, Memory, NewLaunch},
    error::Error,
    record::{LaunchRow, State, time},
    sql::{self, FirstRow},
};

/// A new delivery; none where it is known.
const DELIVERY: &str = "\
    INSERT INTO deliveries \
    (hook, delivery_id, body_hash, memory, received_at, event, reason, trace) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id";

/// A new launch: delivery, task, version, key, labels, state, run.
const LAUNCH: &str = concat!(
    "INSERT INTO launches ",
    "(delivery, task, version, key, labels, state, run, accepted_at, next_at) ",
    "SELECT $1::bigint, $2, $3, $4, $5, $6::bigint, $7, t.now, t.now FROM (SELECT ",
    now!(),
    " AS now) AS t RETURNING id"
);

impl Postgres {
    pub(in crate::inbox) async fn accept(&self, delivery: &Delivery) -> Result<Accepted, Error> {
        self.ready()?;
        let mut transaction = self.pool.begin().await?;
        let Some(id) = insert(&mut transaction, delivery).await? else {
            let first = first(&mut transaction, delivery).await?;
            // It may have been forgotten in between.
            return first
                .map(Accepted::Duplicate)
                .ok_or_else(|| sqlx::Error::RowNotFound.into());
        };
        for launch in &delivery.launches {
            add(&mut transaction, id, launch).await?;
        }
        transaction.commit().await?;
        Ok(Accepted::Stored(DeliveryId(id)))
    }

    pub(in crate::inbox) async fn find(&self, delivery: &Delivery) -> Result<Option<First>, Error> {
        let mut connection = self.pool.acquire().await?;
        Ok(first(&mut connection, delivery).await?)
    }
}

/// The number of the new delivery; none where it is known.
async fn insert(
    connection: &mut PgConnection,
    delivery: &Delivery,
) -> Result<Option<i64>, sqlx::Error> {
    let id: Option<i64> = sqlx::query_scalar(DELIVERY)
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
    if let (Some(id), Some(payload)) = (id, &delivery.payload) {
        let query = sqlx::query(sql::PAYLOAD).bind(id).bind(payload.as_slice());
        query.execute(connection).await?;
    }
    Ok(id)
}

async fn add(
    connection: &mut PgConnection,
    delivery: i64,
    launch: &NewLaunch,
) -> Result<(), sqlx::Error> {
    let state = if launch.run.is_some() {
        State::Launched
    } else {
        State::Pending
    };
    let id: i64 = sqlx::query_scalar(LAUNCH)
        .bind(delivery)
        .bind(&launch.task)
        .bind(&launch.version)
        .bind(&launch.key)
        .bind(delivery::labels(launch))
        .bind(state as i64)
        .bind(&launch.run)
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query(sql::INPUTS)
        .bind(id)
        .bind(&launch.inputs)
        .execute(connection)
        .await?;
    Ok(())
}

/// The delivery that was here first.
async fn first(
    connection: &mut PgConnection,
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
