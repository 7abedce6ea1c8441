//! Writing what was saved into a new file.

use std::{collections::btree_map::Entry, path::Path};

use sqlx::{Connection, SqliteConnection};

use super::{
    Saved,
    row::{Head, Launch, Rows},
};
use crate::inbox::{OpenError, State, sql, sqlite::file};

/// What is said of a launch whose inputs are gone.
const LOST: &str = "inputs_lost";

const DELIVERY: &str = "\
    INSERT OR IGNORE INTO deliveries \
    (id, hook, delivery_id, body_hash, memory, received_at, event, reason, trace) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const LAUNCH: &str = "\
    INSERT INTO launches (id, delivery, task, version, key, labels, accepted_at, state, \
    attempts, replays, next_at, fence, run, reason) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// Makes a new inbox of the rows.
pub(super) async fn into(path: &Path, mut rows: Rows) -> Result<Saved, OpenError> {
    let mut saved = Saved::default();
    for (id, launch) in &rows.launches {
        if let Entry::Vacant(head) = rows.deliveries.entry(launch.delivery) {
            saved.without_head += 1;
            head.insert(unknown(launch));
        }
        let lost = !rows.inputs.contains_key(id) && launch.state != State::Launched as i64;
        saved.without_inputs += u64::from(lost);
    }
    let mut connection = file::open(path).await?;
    file::migrate(&mut connection).await?;
    let mut transaction = connection.begin().await?;
    for (id, head) in &rows.deliveries {
        saved.deliveries += delivery(&mut transaction, *id, head).await?;
    }
    for (id, of) in &rows.launches {
        let has_inputs = rows.inputs.contains_key(id);
        launch(&mut transaction, *id, of, has_inputs).await?;
        saved.launches += 1;
    }
    contents(&mut transaction, &rows).await?;
    transaction.commit().await?;
    connection.close().await?;
    Ok(saved)
}

async fn delivery(
    connection: &mut SqliteConnection,
    id: i64,
    head: &Head,
) -> Result<u64, sqlx::Error> {
    let mut inserted = 0;
    // One that another is known for is kept, but not remembered.
    for memory in [head.memory, 0] {
        let insert = sqlx::query(DELIVERY)
            .bind(id)
            .bind(&head.hook)
            .bind(&head.delivery_id)
            .bind(&head.body_hash)
            .bind(memory)
            .bind(head.received_at)
            .bind(&head.event)
            .bind(&head.reason)
            .bind(&head.trace);
        inserted += insert.execute(&mut *connection).await?.rows_affected();
    }
    Ok(inserted)
}

async fn launch(
    connection: &mut SqliteConnection,
    id: i64,
    launch: &Launch,
    has_inputs: bool,
) -> Result<(), sqlx::Error> {
    let is_lost = !has_inputs && launch.state != State::Launched as i64;
    let (state, reason) = if is_lost {
        (State::Dead as i64, Some(LOST))
    } else {
        (launch.state, launch.reason.as_deref())
    };
    sqlx::query(LAUNCH)
        .bind(id)
        .bind(launch.delivery)
        .bind(&launch.task)
        .bind(&launch.version)
        .bind(&launch.key)
        .bind(&launch.labels)
        .bind(launch.accepted_at)
        .bind(state)
        .bind(launch.attempts)
        .bind(launch.replays)
        .bind(launch.next_at)
        .bind(launch.fence)
        .bind(&launch.run)
        .bind(reason)
        .execute(connection)
        .await?;
    Ok(())
}

/// Bodies and inputs whose owners are known.
async fn contents(connection: &mut SqliteConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    for (id, content) in &rows.payloads {
        if rows.deliveries.contains_key(id) {
            let insert = sqlx::query(sql::PAYLOAD).bind(id).bind(content);
            insert.execute(&mut *connection).await?;
        }
    }
    for (id, json) in &rows.inputs {
        if rows.launches.contains_key(id) {
            let insert = sqlx::query(sql::INPUTS).bind(id).bind(json);
            insert.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Stands for a delivery of which only what it starts is left.
fn unknown(launch: &Launch) -> Head {
    Head {
        hook: "unknown".to_owned(),
        delivery_id: format!("recovered-{}", launch.delivery),
        body_hash: Vec::new(),
        memory: 0,
        received_at: launch.accepted_at,
        event: "{}".to_owned(),
        reason: None,
        trace: None,
    }
}
