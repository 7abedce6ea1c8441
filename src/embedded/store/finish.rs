//! How an attempt and an action end.
//!
//! An attempt's end is written only while that attempt runs, so an abort that
//! came first stays. The Go server's rule for phases follows from it.

use std::iter;

use buffa::Message;
use flyte_idl::flyteidl2::{common::ActionPhase, core::ExecutionError};
use sqlx::SqliteConnection;

use super::{ActionKey, Error, Progress, Store, actions::ActionRow, events::NewEvent};

/// How an attempt ended.
pub(in crate::embedded) enum End {
    /// Its outputs are there.
    Succeeded { output_uri: String },
    /// It failed for good.
    Failed {
        phase: ActionPhase,
        error: Box<ExecutionError>,
    },
    /// It failed, and the next attempt is due at `not_before`.
    Retry {
        phase: ActionPhase,
        error: Box<ExecutionError>,
        not_before: i64,
    },
}

impl End {
    fn phase(&self) -> ActionPhase {
        match self {
            Self::Succeeded { .. } => ActionPhase::ACTION_PHASE_SUCCEEDED,
            Self::Failed { phase, .. } | Self::Retry { phase, .. } => *phase,
        }
    }

    fn error(&self) -> Option<Vec<u8>> {
        match self {
            Self::Succeeded { .. } => None,
            Self::Failed { error, .. } | Self::Retry { error, .. } => Some(error.encode_to_vec()),
        }
    }

    fn output_uri(&self) -> &str {
        match self {
            Self::Succeeded { output_uri } => output_uri,
            Self::Failed { .. } | Self::Retry { .. } => "",
        }
    }

    fn not_before(&self) -> i64 {
        match self {
            Self::Retry { not_before, .. } => *not_before,
            Self::Succeeded { .. } | Self::Failed { .. } => 0,
        }
    }
}

const FINISH: &str = "UPDATE actions SET state = ?1, phase = ?2, output_uri = ?3, error = ?4, \
    not_before = ?5, ended_at = ?6, updated_at = ?7 \
    WHERE id = ?8 AND attempts = ?9 AND state = ?10";

const ABORT: &str = "WITH RECURSIVE below (id, name) AS (\
    SELECT id, name FROM actions \
    WHERE project = ?1 AND domain = ?2 AND run = ?3 AND name = ?4 \
    UNION SELECT child.id, child.name FROM actions child JOIN below ON child.parent = below.name \
    WHERE child.project = ?1 AND child.domain = ?2 AND child.run = ?3) \
    UPDATE actions SET state = ?5, phase = ?6, abort_reason = ?7, aborted_by = ?8, \
    ended_at = coalesce(ended_at, ?9), updated_at = ?9 \
    WHERE id IN (SELECT id FROM below) AND (state <> ?5 OR (name = ?4 AND ?10)) RETURNING *";

impl Store {
    /// Records the end of an attempt, unless it was over already. With the
    /// action ends all that it started; returns those whose attempt must be
    /// ended.
    pub(in crate::embedded) async fn finish(
        &self,
        row: &ActionRow,
        end: &End,
    ) -> Result<Vec<ActionRow>, Error> {
        let mut transaction = self.write.begin().await?;
        let now = self.now();
        let retry = matches!(end, End::Retry { .. });
        let queued = (Progress::Queued, ActionPhase::ACTION_PHASE_QUEUED);
        let (progress, phase) = if retry {
            queued
        } else {
            (Progress::Done, end.phase())
        };
        let error = end.error();
        let changed = sqlx::query(FINISH)
            .bind(progress)
            .bind(phase as i32)
            .bind(end.output_uri())
            .bind(error.as_deref().filter(|_| !retry))
            .bind(end.not_before())
            .bind((!retry).then_some(now))
            .bind(now)
            .bind(row.id)
            .bind(row.attempts)
            .bind(Progress::Running)
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() == 0 {
            return Ok(Vec::new());
        }
        let event = NewEvent {
            at: now,
            action: row.id,
            attempt: row.attempts,
            phase: end.phase() as i32,
            output_uri: end.output_uri(),
            error: error.as_deref(),
        };
        self.record(&mut transaction, event).await?;
        let orphans = if retry {
            Vec::new()
        } else {
            self.abort_below(&mut transaction, &row.key()).await?
        };
        transaction.commit().await?;
        for ended in iter::once(row).chain(&orphans) {
            self.announce(ended.key());
        }
        Ok(orphans)
    }

    /// Aborts the action, whatever its phase, and all unfinished ones below it;
    /// returns those whose attempt must be ended.
    pub(in crate::embedded) async fn abort(
        &self,
        key: &ActionKey,
        reason: &str,
        by: &str,
    ) -> Result<Vec<ActionRow>, Error> {
        let mut transaction = self.write.begin().await?;
        let rows = self
            .abort_where(&mut transaction, key, reason, by, true)
            .await?;
        transaction.commit().await?;
        for row in &rows {
            self.announce(row.key());
        }
        Ok(rows)
    }

    /// Aborts what is unfinished below an action that has ended.
    async fn abort_below(
        &self,
        connection: &mut SqliteConnection,
        key: &ActionKey,
    ) -> Result<Vec<ActionRow>, Error> {
        let reason = format!("the action {} that started it has ended", key.name);
        self.abort_where(connection, key, &reason, "", false).await
    }

    async fn abort_where(
        &self,
        connection: &mut SqliteConnection,
        key: &ActionKey,
        reason: &str,
        by: &str,
        itself: bool,
    ) -> Result<Vec<ActionRow>, Error> {
        let phase = ActionPhase::ACTION_PHASE_ABORTED as i32;
        let now = self.now();
        let rows: Vec<ActionRow> = sqlx::query_as(ABORT)
            .bind(&key.run.project)
            .bind(&key.run.domain)
            .bind(&key.run.run)
            .bind(&key.name)
            .bind(Progress::Done)
            .bind(phase)
            .bind(reason)
            .bind(by)
            .bind(now)
            .bind(itself)
            .fetch_all(&mut *connection)
            .await?;
        for row in rows.iter().filter(|row| row.attempts > 0) {
            let event = NewEvent {
                at: now,
                action: row.id,
                attempt: row.attempts,
                phase,
                output_uri: "",
                error: None,
            };
            self.record(connection, event).await?;
        }
        Ok(rows)
    }
}

/// What a parent's process did itself and only reports.
pub(in crate::embedded) struct Recorded<'a> {
    pub(in crate::embedded) phase: i32,
    pub(in crate::embedded) output_uri: &'a str,
}

impl Store {
    /// Stores a trace: an action that has run already.
    pub(in crate::embedded) async fn record_trace(
        &self,
        row: &ActionRow,
        recorded: &Recorded<'_>,
    ) -> Result<(), Error> {
        let mut transaction = self.write.begin().await?;
        let now = self.now();
        sqlx::query(
            "UPDATE actions SET state = ?1, phase = ?2, attempts = 1, output_uri = ?3, ended_at = ?4, \
             updated_at = ?4 WHERE id = ?5",
        )
        .bind(Progress::Done)
        .bind(recorded.phase)
        .bind(recorded.output_uri)
        .bind(now)
        .bind(row.id)
        .execute(&mut *transaction)
        .await?;
        let event = NewEvent {
            at: now,
            action: row.id,
            attempt: 1,
            phase: recorded.phase,
            output_uri: recorded.output_uri,
            error: None,
        };
        self.record(&mut transaction, event).await?;
        transaction.commit().await?;
        self.announce(row.key());
        Ok(())
    }
}
