//! The queue's side of the store: what waits, and taking it.

use flyte_idl::flyteidl2::common::ActionPhase;

use super::{ActionKey, Error, Progress, Store, actions::ActionRow, events::NewEvent};

impl Store {
    /// Lets a stored action run; does nothing for one that is further on.
    pub(in crate::embedded) async fn enqueue(&self, id: i64) -> Result<(), Error> {
        sqlx::query("UPDATE actions SET state = ? WHERE id = ? AND state = ?")
            .bind(Progress::Queued)
            .bind(id)
            .bind(Progress::Stored)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The nesting depths at which an action may start now.
    pub(in crate::embedded) async fn waiting_depths(&self) -> Result<Vec<i64>, Error> {
        let depths = sqlx::query_scalar(
            "SELECT DISTINCT depth FROM actions WHERE state = ? AND not_before <= ? ORDER BY depth",
        )
        .bind(Progress::Queued)
        .bind(self.now())
        .fetch_all(&self.write)
        .await?;
        Ok(depths)
    }

    /// How many microseconds to wait for the next retry that is due.
    pub(in crate::embedded) async fn next_retry(&self) -> Result<Option<i64>, Error> {
        let now = self.now();
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT min(not_before) FROM actions WHERE state = ? AND not_before > ?",
        )
        .bind(Progress::Queued)
        .bind(now)
        .fetch_one(&self.write)
        .await?;
        Ok(due.map(|due| due.saturating_sub(now)))
    }

    /// Takes the oldest waiting action of a depth and starts its next attempt.
    pub(in crate::embedded) async fn claim(&self, depth: i64) -> Result<Option<ActionRow>, Error> {
        let phase = ActionPhase::ACTION_PHASE_INITIALIZING as i32;
        let mut transaction = self.write.begin().await?;
        let now = self.now();
        let claimed: Option<ActionRow> = sqlx::query_as(
            "UPDATE actions SET state = ?1, phase = ?2, attempts = attempts + 1, updated_at = ?3 \
             WHERE id = (SELECT id FROM actions WHERE state = ?4 AND depth = ?5 \
             AND not_before <= ?3 ORDER BY id LIMIT 1) RETURNING *",
        )
        .bind(Progress::Running)
        .bind(phase)
        .bind(now)
        .bind(Progress::Queued)
        .bind(depth)
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = &claimed {
            let event = NewEvent {
                at: now,
                action: row.id,
                attempt: row.attempts,
                phase,
                output_uri: "",
                error: None,
            };
            self.record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        if let Some(row) = &claimed {
            self.announce(row.key());
        }
        Ok(claimed)
    }

    /// Records that an attempt's process runs, unless the attempt is over.
    pub(in crate::embedded) async fn running(
        &self,
        id: i64,
        attempt: u32,
        key: ActionKey,
    ) -> Result<(), Error> {
        let phase = ActionPhase::ACTION_PHASE_RUNNING as i32;
        let mut transaction = self.write.begin().await?;
        let now = self.now();
        let changed = sqlx::query(
            "UPDATE actions SET phase = ?1, updated_at = ?2 \
             WHERE id = ?3 AND attempts = ?4 AND state = ?5 AND phase < ?1",
        )
        .bind(phase)
        .bind(now)
        .bind(id)
        .bind(attempt)
        .bind(Progress::Running)
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 1 {
            let event = NewEvent {
                at: now,
                action: id,
                attempt,
                phase,
                output_uri: "",
                error: None,
            };
            self.record(&mut transaction, event).await?;
        }
        transaction.commit().await?;
        self.announce(key);
        Ok(())
    }

    /// The actions whose attempt ended with the process that ran it.
    pub(in crate::embedded) async fn interrupted(&self) -> Result<Vec<ActionRow>, Error> {
        let rows = sqlx::query_as("SELECT * FROM actions WHERE state = ? ORDER BY id")
            .bind(Progress::Running)
            .fetch_all(&self.write)
            .await?;
        Ok(rows)
    }
}
