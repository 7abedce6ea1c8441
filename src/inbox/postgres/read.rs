//! Reading the database.

use super::{Postgres, now};
use crate::inbox::{
    delivery::DeliveryId,
    error::Error,
    record::{Filter, LaunchRow, Record, RecordRow, State, Status, assemble, size},
    sql::{self, StatusRow},
};

const LAUNCHES: &str = "\
    SELECT id, delivery, task, version, key, state, attempts, run, reason FROM launches \
    WHERE delivery = ANY($1) ORDER BY id";
const NOW: &str = concat!("SELECT ", now!());

impl Postgres {
    pub(in crate::inbox) async fn status(&self) -> Result<Status, Error> {
        let row: StatusRow = sqlx::query_as(sql::STATUS).fetch_one(&self.pool).await?;
        let now: i64 = sqlx::query_scalar(NOW).fetch_one(&self.pool).await?;
        let age = |since| size(now.saturating_sub(since));
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
        let limit = i64::from(filter.limit);
        let rows: Vec<RecordRow> = if filter.state == Some(State::Dead) {
            let query = sqlx::query_as(sql::DEAD_RECORDS).bind(&filter.hook);
            query.bind(before).bind(limit)
        } else {
            let state = filter.state.map(|state| state as i64);
            let query = sqlx::query_as(sql::RECORDS).bind(&filter.hook).bind(state);
            query.bind(before).bind(limit)
        }
        .fetch_all(&self.pool)
        .await?;
        self.complete(rows).await
    }

    pub(in crate::inbox) async fn delivery(&self, id: DeliveryId) -> Result<Option<Record>, Error> {
        let query = sqlx::query_as(sql::RECORD).bind(id.0);
        let rows: Vec<RecordRow> = query.fetch_all(&self.pool).await?;
        Ok(self.complete(rows).await?.pop())
    }

    pub(in crate::inbox) async fn payload(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, Error> {
        let query = sqlx::query_scalar(sql::PAYLOAD_OF).bind(id.0);
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// Gives each delivery its launches.
    async fn complete(&self, rows: Vec<RecordRow>) -> Result<Vec<Record>, Error> {
        let ids: Vec<i64> = rows.iter().map(RecordRow::id).collect();
        let launches: Vec<LaunchRow> = sqlx::query_as(LAUNCHES)
            .bind(&ids)
            .fetch_all(&self.pool)
            .await?;
        Ok(assemble(rows, launches))
    }
}
