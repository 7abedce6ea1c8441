//! Apps: what was deployed; how they are is the runner's to know.

use flyte_idl::flyteidl2::common::ListRequest;

use super::{
    Error, Store,
    filter::{Column, Kind, column},
    page::{self, Page, Source},
};

/// The name of an app in its project and domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::embedded) struct AppKey {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) name: String,
}

impl AppKey {
    /// The one name under which the Go server keeps the app.
    pub(in crate::embedded) fn joined(&self) -> String {
        format!("{}-{}-{}", self.name, self.project, self.domain).to_ascii_lowercase()
    }
}

/// A stored app.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct AppRow {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    pub(in crate::embedded) name: String,
    /// The message without its status.
    pub(in crate::embedded) app: Vec<u8>,
    pub(in crate::embedded) stopped: bool,
    pub(in crate::embedded) created_at: i64,
    pub(in crate::embedded) updated_at: i64,
}

impl AppRow {
    pub(in crate::embedded) fn key(&self) -> AppKey {
        AppKey {
            project: self.project.clone(),
            domain: self.domain.clone(),
            name: self.name.clone(),
        }
    }
}

const COLUMNS: &[Column] = &[
    column("name", "name", Kind::Text),
    column("created_at", "created_at", Kind::Time),
    column("updated_at", "updated_at", Kind::Time),
];

const PUT: &str = "INSERT INTO apps (project, domain, name, joined, app, stopped, created_at, \
    updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) \
    ON CONFLICT DO UPDATE SET app = ?5, stopped = ?6, updated_at = ?7 RETURNING *";

impl Store {
    /// Stores an app, in the place of one of the same name.
    pub(in crate::embedded) async fn put_app(
        &self,
        key: &AppKey,
        app: Vec<u8>,
        stopped: bool,
    ) -> Result<AppRow, Error> {
        let row = sqlx::query_as(PUT)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.name)
            .bind(key.joined())
            .bind(app)
            .bind(stopped)
            .bind(self.now())
            .fetch_one(&self.write)
            .await?;
        Ok(row)
    }

    /// The app of that name.
    pub(in crate::embedded) async fn app(&self, key: &AppKey) -> Result<Option<AppRow>, Error> {
        let sql = "SELECT * FROM apps WHERE project = ? AND domain = ? AND name = ?";
        let row = sqlx::query_as(sql)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.name)
            .fetch_optional(&self.read)
            .await?;
        Ok(row)
    }

    /// The oldest app whose joined name is the same.
    pub(in crate::embedded) async fn app_by_joined_name(
        &self,
        key: &AppKey,
    ) -> Result<Option<AppRow>, Error> {
        let sql = "SELECT * FROM apps WHERE joined = ? ORDER BY created_at, rowid LIMIT 1";
        let row = sqlx::query_as(sql)
            .bind(key.joined())
            .fetch_optional(&self.read)
            .await?;
        Ok(row)
    }

    /// Removes an app, if it is there.
    pub(in crate::embedded) async fn delete_app(&self, key: &AppKey) -> Result<(), Error> {
        let sql = "DELETE FROM apps WHERE project = ? AND domain = ? AND name = ?";
        sqlx::query(sql)
            .bind(&key.project)
            .bind(&key.domain)
            .bind(&key.name)
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// The apps that are to run.
    pub(in crate::embedded) async fn apps_to_run(&self) -> Result<Vec<AppRow>, Error> {
        let rows = sqlx::query_as("SELECT * FROM apps WHERE NOT stopped ORDER BY rowid")
            .fetch_all(&self.read)
            .await?;
        Ok(rows)
    }

    /// Apps, within equalities of our own columns.
    pub(in crate::embedded) async fn apps(
        &self,
        scope: &[(&'static str, &str)],
        request: &ListRequest,
    ) -> Result<Page<AppRow>, page::Error> {
        let source = Source {
            from: "(SELECT *, rowid AS seq FROM apps)",
            scope,
            columns: COLUMNS,
        };
        self.page(&source, request).await
    }
}
