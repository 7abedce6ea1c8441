//! Actions: storing and finding them.

use buffa::{Enumeration, Message};
use flyte_idl::flyteidl2::{common::ActionPhase, workflow::ActionType};

use super::{ActionKey, Error, Progress, ROOT, RunKey, Store, is_terminal};

/// A stored action.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct ActionRow {
    pub(in crate::embedded) id: i64,
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) run: String,
    pub(in crate::embedded) name: String,
    pub(in crate::embedded) org: String,
    pub(in crate::embedded) parent: String,
    pub(in crate::embedded) action_group: String,
    pub(in crate::embedded) depth: i64,
    pub(in crate::embedded) kind: i32,
    #[sqlx(rename = "state")]
    pub(in crate::embedded) progress: Progress,
    pub(in crate::embedded) phase: i32,
    pub(in crate::embedded) attempts: u32,
    pub(in crate::embedded) task_project: String,
    pub(in crate::embedded) task_domain: String,
    pub(in crate::embedded) task_name: String,
    pub(in crate::embedded) task_version: String,
    pub(in crate::embedded) trigger_name: String,
    pub(in crate::embedded) spec: Vec<u8>,
    pub(in crate::embedded) run_spec: Vec<u8>,
    pub(in crate::embedded) labels: String,
    pub(in crate::embedded) input_uri: String,
    pub(in crate::embedded) run_base: String,
    pub(in crate::embedded) output_uri: String,
    pub(in crate::embedded) created_by: String,
    pub(in crate::embedded) source: i32,
    pub(in crate::embedded) created_at: i64,
    pub(in crate::embedded) ended_at: Option<i64>,
    pub(in crate::embedded) abort_reason: Option<String>,
    pub(in crate::embedded) aborted_by: Option<String>,
    pub(in crate::embedded) error: Option<Vec<u8>>,
}

impl ActionRow {
    /// The action's name.
    pub(in crate::embedded) fn key(&self) -> ActionKey {
        ActionKey {
            run: self.run_key(),
            name: self.name.clone(),
        }
    }

    /// The name of its run.
    pub(in crate::embedded) fn run_key(&self) -> RunKey {
        RunKey {
            project: self.project.clone(),
            domain: self.domain.clone(),
            run: self.run.clone(),
        }
    }

    /// Its phase.
    pub(in crate::embedded) fn phase(&self) -> ActionPhase {
        ActionPhase::from_i32(self.phase).unwrap_or_default()
    }

    /// Whether its phase is the last one.
    pub(in crate::embedded) fn is_done(&self) -> bool {
        is_terminal(self.phase())
    }

    /// The message in one of its columns.
    pub(in crate::embedded) fn decode<M: Message>(bytes: &[u8]) -> Result<M, Error> {
        Ok(M::decode_from_slice(bytes)?)
    }
}

/// An action to be stored.
pub(in crate::embedded) struct NewAction {
    pub(in crate::embedded) key: ActionKey,
    pub(in crate::embedded) org: String,
    pub(in crate::embedded) parent: String,
    pub(in crate::embedded) group: String,
    pub(in crate::embedded) kind: i32,
    pub(in crate::embedded) progress: Progress,
    pub(in crate::embedded) task: [String; 4],
    pub(in crate::embedded) trigger: String,
    pub(in crate::embedded) spec: Vec<u8>,
    pub(in crate::embedded) run_spec: Vec<u8>,
    pub(in crate::embedded) labels: String,
    pub(in crate::embedded) input_uri: String,
    pub(in crate::embedded) run_base: String,
    pub(in crate::embedded) created_by: String,
    pub(in crate::embedded) source: i32,
}

/// What became of an action to be stored.
pub(in crate::embedded) enum Inserted {
    /// It is stored.
    New(ActionRow),
    /// Its name is known; what is stored stays.
    Known(ActionRow),
    /// What is to start it has ended, and nobody would wait for it.
    Refused,
}

// A trace may be named as what starts an action: it is over when it is told,
// but the action that it belongs to is not.
const INSERT: &str = "INSERT INTO actions (project, domain, run, name, org, parent, action_group, \
    depth, kind, state, phase, task_project, task_domain, task_name, task_version, trigger_name, \
    spec, run_spec, labels, input_uri, run_base, created_by, source, created_at, updated_at) \
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, \
    coalesce((SELECT depth + 1 FROM actions WHERE project = ?1 AND domain = ?2 AND run = ?3 \
    AND name = ?6), 0), \
    ?8, ?22, 1, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?21 \
    WHERE NOT EXISTS (SELECT 1 FROM actions WHERE project = ?1 AND domain = ?2 AND run = ?3 \
    AND state = ?23 AND (name = ?24 OR (name = ?6 AND kind <> ?25))) \
    ON CONFLICT DO NOTHING RETURNING *";

impl Store {
    /// Stores the action unless its name is known or nobody waits for it.
    ///
    /// A new one is given as it was stored, however soon the queue takes it.
    pub(in crate::embedded) async fn insert_action(
        &self,
        new: NewAction,
    ) -> Result<Inserted, Error> {
        let [task_project, task_domain, task_name, task_version] = &new.task;
        let stored = sqlx::query_as(INSERT)
            .bind(&new.key.run.project)
            .bind(&new.key.run.domain)
            .bind(&new.key.run.run)
            .bind(&new.key.name)
            .bind(&new.org)
            .bind(&new.parent)
            .bind(&new.group)
            .bind(new.kind)
            .bind(task_project)
            .bind(task_domain)
            .bind(task_name)
            .bind(task_version)
            .bind(&new.trigger)
            .bind(&new.spec)
            .bind(&new.run_spec)
            .bind(&new.labels)
            .bind(&new.input_uri)
            .bind(&new.run_base)
            .bind(&new.created_by)
            .bind(new.source)
            .bind(self.now())
            .bind(new.progress)
            .bind(Progress::Done)
            .bind(ROOT)
            .bind(ActionType::ACTION_TYPE_TRACE as i32)
            .fetch_optional(&self.write)
            .await?;
        if let Some(row) = stored {
            self.announce(new.key);
            return Ok(Inserted::New(row));
        }
        let known = self.action(&new.key).await?;
        Ok(known.map_or(Inserted::Refused, Inserted::Known))
    }

    /// The action of that name.
    pub(in crate::embedded) async fn action(
        &self,
        key: &ActionKey,
    ) -> Result<Option<ActionRow>, Error> {
        let row = sqlx::query_as(
            "SELECT * FROM actions WHERE project = ? AND domain = ? AND run = ? AND name = ?",
        )
        .bind(&key.run.project)
        .bind(&key.run.domain)
        .bind(&key.run.run)
        .bind(&key.name)
        .fetch_optional(&self.read)
        .await?;
        Ok(row)
    }

    /// The actions that another action started, oldest first.
    pub(in crate::embedded) async fn children(
        &self,
        parent: &ActionKey,
    ) -> Result<Vec<ActionRow>, Error> {
        let rows = sqlx::query_as(
            "SELECT * FROM actions WHERE project = ? AND domain = ? AND run = ? AND parent = ? \
             ORDER BY id",
        )
        .bind(&parent.run.project)
        .bind(&parent.run.domain)
        .bind(&parent.run.run)
        .bind(&parent.name)
        .fetch_all(&self.read)
        .await?;
        Ok(rows)
    }

    /// All actions of a run, oldest first.
    pub(in crate::embedded) async fn actions_of(
        &self,
        run: &RunKey,
    ) -> Result<Vec<ActionRow>, Error> {
        let rows = sqlx::query_as(
            "SELECT * FROM actions WHERE project = ? AND domain = ? AND run = ? ORDER BY id",
        )
        .bind(&run.project)
        .bind(&run.domain)
        .bind(&run.run)
        .fetch_all(&self.read)
        .await?;
        Ok(rows)
    }
}
