//! Reading the file, beside whoever writes.

use sqlx::SqliteConnection;

use super::{Sqlite, accept, queue};
use crate::inbox::{
    delivery::{Delivery, DeliveryId, First},
    error::{Error, is_damage},
    record::{Filter, LaunchRow, Record, RecordRow, State, Status, assemble, size},
    sql::{self, StatusRow},
};

const LAUNCHES: &str = "\
    SELECT id, delivery, task, version, key, state, attempts, run, reason FROM launches \
    WHERE delivery IN (SELECT value FROM json_each($1)) ORDER BY id";

impl Sqlite {
    pub(in crate::inbox) async fn find(&self, delivery: &Delivery) -> Result<Option<First>, Error> {
        let mut connection = self.read.acquire().await?;
        Ok(accept::first(&mut connection, delivery).await?)
    }

    /// How many microseconds until the next launch is due.
    pub(super) async fn next(&self) -> Result<Option<u64>, Error> {
        let next: Option<i64> = sqlx::query_scalar(sql::NEXT).fetch_one(&self.read).await?;
        let now = self.clock.now();
        Ok(next.map(|next| size(next.saturating_sub(now))))
    }

    pub(in crate::inbox) async fn status(&self) -> Result<Status, Error> {
        let row: StatusRow = sqlx::query_as(sql::STATUS).fetch_one(&self.read).await?;
        let age = |since| size(self.clock.now().saturating_sub(since));
        Ok(Status {
            pending: size(row.pending),
            oldest: row.oldest.map(age).map(std::time::Duration::from_micros),
            dead: size(row.dead),
            bytes: self.health.borrow().used,
            max_bytes: self.max_bytes,
        })
    }

    pub(in crate::inbox) async fn deliveries(&self, filter: &Filter) -> Result<Vec<Record>, Error> {
        let before = filter.before.map_or(i64::MAX, |before| before.0);
        let rows: Vec<RecordRow> = if filter.state == Some(State::Dead) {
            let query = sqlx::query_as(sql::DEAD_RECORDS).bind(&filter.hook);
            query.bind(before).bind(filter.limit)
        } else {
            let state = filter.state.map(|state| state as i64);
            let query = sqlx::query_as(sql::RECORDS).bind(&filter.hook).bind(state);
            query.bind(before).bind(filter.limit)
        }
        .fetch_all(&self.read)
        .await?;
        let mut connection = self.read.acquire().await?;
        complete(&mut connection, rows).await
    }

    pub(in crate::inbox) async fn delivery(&self, id: DeliveryId) -> Result<Option<Record>, Error> {
        let query = sqlx::query_as(sql::RECORD).bind(id.0);
        let rows: Vec<RecordRow> = query.fetch_all(&self.read).await?;
        let mut connection = self.read.acquire().await?;
        Ok(complete(&mut connection, rows).await?.pop())
    }

    /// Everything that is wrong with the file; nothing where it is sound.
    pub(in crate::inbox) async fn check(&self) -> Result<Vec<String>, Error> {
        let findings: Result<Vec<String>, _> = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_all(&self.read)
            .await;
        match findings {
            Ok(findings) => Ok(findings.into_iter().filter(|it| it != "ok").collect()),
            Err(error) if is_damage(&error) => Ok(vec![error.to_string()]),
            Err(error) => Err(error.into()),
        }
    }

    pub(in crate::inbox) async fn payload(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, Error> {
        let query = sqlx::query_scalar(sql::PAYLOAD_OF).bind(id.0);
        Ok(query.fetch_optional(&self.read).await?)
    }
}

/// Gives each delivery its launches.
async fn complete(
    connection: &mut SqliteConnection,
    rows: Vec<RecordRow>,
) -> Result<Vec<Record>, Error> {
    let ids: Vec<i64> = rows.iter().map(RecordRow::id).collect();
    let launches: Vec<LaunchRow> = sqlx::query_as(LAUNCHES)
        .bind(queue::list(&ids))
        .fetch_all(connection)
        .await?;
    Ok(assemble(rows, launches))
}
