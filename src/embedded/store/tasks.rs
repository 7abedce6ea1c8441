//! Deployed tasks and their versions.

use flyte_idl::flyteidl2::common::ListRequest;

use super::{
    Error, Store,
    filter::{Column, Kind, column},
    page::{self, Page, Source},
};

/// A stored task.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct TaskRow {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) name: String,
    pub(in crate::embedded) version: String,
    pub(in crate::embedded) spec: Vec<u8>,
    pub(in crate::embedded) short_name: String,
    pub(in crate::embedded) environment: String,
    pub(in crate::embedded) short_description: String,
    pub(in crate::embedded) entrypoint: bool,
    pub(in crate::embedded) deployed_by: String,
    pub(in crate::embedded) created_at: i64,
}

/// Which tasks to list; an empty part means any.
pub(in crate::embedded) struct Scope<'a> {
    pub(in crate::embedded) project: &'a str,
    pub(in crate::embedded) domain: &'a str,
    pub(in crate::embedded) name: &'a str,
}

const COLUMNS: &[Column] = &[
    column("name", "name", Kind::Text),
    column("version", "version", Kind::Text),
    column("short_name", "short_name", Kind::Text),
    column("environment", "environment", Kind::Text),
    column("environment_name", "environment", Kind::Text),
    column("project", "project", Kind::Text),
    column("domain", "domain", Kind::Text),
    column("is_entrypoint", "entrypoint", Kind::Integer),
    column("deployed_by", "deployed_by", Kind::Text),
    column("deployed_at", "created_at", Kind::Time),
    column("created_at", "created_at", Kind::Time),
];

const LATEST: &str = "(SELECT * FROM (SELECT *, rowid AS seq, \
    row_number() OVER (PARTITION BY project, domain, name ORDER BY created_at DESC, rowid DESC) \
    AS age FROM tasks) WHERE age = 1)";

impl Store {
    /// Stores a task; the same version again replaces it and is the latest.
    pub(in crate::embedded) async fn deploy_task(&self, task: &TaskRow) -> Result<(), Error> {
        sqlx::query(
            "INSERT OR REPLACE INTO tasks (project, domain, name, version, spec, short_name, \
             environment, short_description, entrypoint, deployed_by, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&task.project)
        .bind(&task.domain)
        .bind(&task.name)
        .bind(&task.version)
        .bind(&task.spec)
        .bind(&task.short_name)
        .bind(&task.environment)
        .bind(&task.short_description)
        .bind(task.entrypoint)
        .bind(&task.deployed_by)
        .bind(task.created_at)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// One version of a task.
    pub(in crate::embedded) async fn task(
        &self,
        scope: &Scope<'_>,
        version: &str,
    ) -> Result<Option<TaskRow>, Error> {
        let row = sqlx::query_as(
            "SELECT * FROM tasks WHERE project = ? AND domain = ? AND name = ? AND version = ?",
        )
        .bind(scope.project)
        .bind(scope.domain)
        .bind(scope.name)
        .bind(version)
        .fetch_optional(&self.read)
        .await?;
        Ok(row)
    }

    /// The latest version of each task, with how many there are before and
    /// after filtering.
    pub(in crate::embedded) async fn tasks(
        &self,
        scope: &Scope<'_>,
        request: &ListRequest,
    ) -> Result<(Page<TaskRow>, u32, u32), page::Error> {
        let equal = scope.equalities();
        let source = Source {
            from: LATEST,
            scope: &equal,
            columns: COLUMNS,
        };
        let page = self.page(&source, request).await?;
        let total = self.count(&source, &[]).await?;
        let filtered = self.count(&source, &request.filters).await?;
        Ok((page, total, filtered))
    }

    /// The versions of a task.
    pub(in crate::embedded) async fn versions(
        &self,
        scope: &Scope<'_>,
        request: &ListRequest,
    ) -> Result<Page<TaskRow>, page::Error> {
        let source = Source {
            from: "(SELECT *, rowid AS seq FROM tasks)",
            scope: &scope.equalities(),
            columns: COLUMNS,
        };
        self.page(&source, request).await
    }
}

impl<'a> Scope<'a> {
    fn equalities(&self) -> Vec<(&'static str, &'a str)> {
        [
            ("project", self.project),
            ("domain", self.domain),
            ("name", self.name),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }
}
