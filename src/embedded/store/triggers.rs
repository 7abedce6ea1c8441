//! Triggers: stored and switched; no schedule fires them here.

use flyte_idl::flyteidl2::common::ListRequest;

use super::{
    Error, Store,
    filter::{Column, Kind, column},
    page::{self, Page, Source},
};

/// A stored trigger.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct TriggerRow {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) task_name: String,
    pub(in crate::embedded) name: String,
    pub(in crate::embedded) revision: i64,
    pub(in crate::embedded) spec: Vec<u8>,
    pub(in crate::embedded) automation: Vec<u8>,
    pub(in crate::embedded) active: bool,
    pub(in crate::embedded) deployed_by: String,
    pub(in crate::embedded) updated_by: String,
    pub(in crate::embedded) created_at: i64,
    pub(in crate::embedded) updated_at: i64,
}

/// The name of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::embedded) struct TriggerKey {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) task_name: String,
    pub(in crate::embedded) name: String,
}

const COLUMNS: &[Column] = &[
    column("name", "name", Kind::Text),
    column("task_name", "task_name", Kind::Text),
    column("active", "active", Kind::Integer),
    column("created_at", "created_at", Kind::Time),
    column("deployed_at", "created_at", Kind::Time),
    column("updated_at", "updated_at", Kind::Time),
];

const DEPLOY: &str = "INSERT INTO triggers (project, domain, task_name, name, revision, spec, \
    automation, active, deployed_by, updated_by, created_at, updated_at) \
    VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?8, ?9, ?9) \
    ON CONFLICT DO UPDATE SET revision = revision + 1, spec = ?5, automation = ?6, active = ?7, \
    deployed_by = ?8, updated_by = ?8, updated_at = ?9 RETURNING *";

const SELECT: &str = "SELECT * FROM triggers \
    WHERE project = ? AND domain = ? AND task_name = ? AND name = ?";

const DELETE: &str = "DELETE FROM triggers \
    WHERE project = ? AND domain = ? AND task_name = ? AND name = ?";

impl Store {
    /// Stores a trigger, as the next revision of one of the same name.
    pub(in crate::embedded) async fn deploy_trigger(
        &self,
        key: &TriggerKey,
        spec: Vec<u8>,
        automation: Vec<u8>,
        (active, by): (bool, &str),
    ) -> Result<TriggerRow, Error> {
        let row = sqlx::query_as(DEPLOY)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.task_name)
            .bind(&key.name)
            .bind(spec)
            .bind(automation)
            .bind(active)
            .bind(by)
            .bind(self.now())
            .fetch_one(&self.write)
            .await?;
        Ok(row)
    }

    /// Switches a trigger; one that is unknown or switched so already stays.
    pub(in crate::embedded) async fn switch_trigger(
        &self,
        key: &TriggerKey,
        active: bool,
        by: &str,
    ) -> Result<(), Error> {
        let sql = "UPDATE triggers SET active = ?1, updated_by = ?2, updated_at = ?3, \
                   revision = revision + 1 WHERE active <> ?1 AND project = ?4 AND domain = ?5 \
                   AND task_name = ?6 AND name = ?7";
        sqlx::query(sql)
            .bind(active)
            .bind(by)
            .bind(self.now())
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.task_name)
            .bind(&key.name)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Removes a trigger, if it is there.
    pub(in crate::embedded) async fn delete_trigger(&self, key: &TriggerKey) -> Result<(), Error> {
        sqlx::query(DELETE)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.task_name)
            .bind(&key.name)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The trigger of that name.
    pub(in crate::embedded) async fn trigger(
        &self,
        key: &TriggerKey,
    ) -> Result<Option<TriggerRow>, Error> {
        let row = sqlx::query_as(SELECT)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.task_name)
            .bind(&key.name)
            .fetch_optional(&self.read)
            .await?;
        Ok(row)
    }

    /// Triggers, within equalities of our own columns.
    pub(in crate::embedded) async fn triggers(
        &self,
        scope: &[(&'static str, &str)],
        request: &ListRequest,
    ) -> Result<Page<TriggerRow>, page::Error> {
        let mut scope = scope.to_vec();
        scope.retain(|(_, value)| !value.is_empty());
        let source = Source {
            from: "(SELECT *, rowid AS seq FROM triggers)",
            scope: &scope,
            columns: COLUMNS,
        };
        self.page(&source, request).await
    }
}
