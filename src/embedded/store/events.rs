//! What happened to an action, attempt by attempt.

use super::{Error, Store};

/// One step of one attempt.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct EventRow {
    pub(in crate::embedded) attempt: u32,
    pub(in crate::embedded) phase: i32,
    pub(in crate::embedded) at: i64,
    pub(in crate::embedded) output_uri: String,
    pub(in crate::embedded) error: Option<Vec<u8>>,
}

/// An event to be stored.
pub(super) struct NewEvent<'a> {
    pub(super) action: i64,
    pub(super) attempt: u32,
    pub(super) phase: i32,
    pub(super) at: i64,
    pub(super) output_uri: &'a str,
    pub(super) error: Option<&'a [u8]>,
}

impl Store {
    /// The events of an action, oldest first.
    pub(in crate::embedded) async fn events(&self, action: i64) -> Result<Vec<EventRow>, Error> {
        let rows = sqlx::query_as(
            "SELECT attempt, phase, at, output_uri, error FROM events WHERE action = ? ORDER BY id",
        )
        .bind(action)
        .fetch_all(&self.read)
        .await?;
        Ok(rows)
    }

    pub(super) async fn record(
        &self,
        connection: &mut sqlx::SqliteConnection,
        event: NewEvent<'_>,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO events (action, attempt, phase, at, output_uri, error) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(event.action)
        .bind(event.attempt)
        .bind(event.phase)
        .bind(event.at)
        .bind(event.output_uri)
        .bind(event.error)
        .execute(connection)
        .await?;
        Ok(())
    }
}
