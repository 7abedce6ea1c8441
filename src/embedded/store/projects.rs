//! Projects. The domains are fixed.

use super::{Error, Store};

/// The domains that every project has: id and title.
pub(in crate::embedded) const DOMAINS: [(&str, &str); 3] = [
    ("development", "Development"),
    ("staging", "Staging"),
    ("production", "Production"),
];

/// The projects of a new control plane.
const DEFAULT_PROJECTS: [&str; 2] = ["flytesnacks", "system"];

/// A stored project.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(in crate::embedded) struct ProjectRow {
    pub(in crate::embedded) id: String,
    pub(in crate::embedded) name: String,
    pub(in crate::embedded) description: String,
    /// A JSON object.
    pub(in crate::embedded) labels: String,
    pub(in crate::embedded) state: i32,
}

impl Store {
    pub(super) async fn create_default_projects(&self) -> Result<(), Error> {
        for id in DEFAULT_PROJECTS {
            let project = ProjectRow {
                id: id.to_owned(),
                name: id.to_owned(),
                description: String::new(),
                labels: "{}".to_owned(),
                state: 0,
            };
            self.create_project(&project).await?;
        }
        Ok(())
    }

    /// Stores a project; false when its id is taken.
    pub(in crate::embedded) async fn create_project(
        &self,
        project: &ProjectRow,
    ) -> Result<bool, Error> {
        let done = sqlx::query(
            "INSERT INTO projects (id, name, description, labels, state, created_at) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(&project.id)
        .bind(&project.name)
        .bind(&project.description)
        .bind(&project.labels)
        .bind(project.state)
        .bind(self.now())
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Replaces a project; false when there is none of that id.
    pub(in crate::embedded) async fn update_project(
        &self,
        project: &ProjectRow,
    ) -> Result<bool, Error> {
        let done = sqlx::query(
            "UPDATE projects SET name = ?, description = ?, labels = ?, state = ? WHERE id = ?",
        )
        .bind(&project.name)
        .bind(&project.description)
        .bind(&project.labels)
        .bind(project.state)
        .bind(&project.id)
        .execute(&self.write)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The project of that id.
    pub(in crate::embedded) async fn project(&self, id: &str) -> Result<Option<ProjectRow>, Error> {
        let row = sqlx::query_as("SELECT * FROM projects WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.read)
            .await?;
        Ok(row)
    }

    /// All projects, oldest first.
    pub(in crate::embedded) async fn projects(&self) -> Result<Vec<ProjectRow>, Error> {
        let rows = sqlx::query_as("SELECT * FROM projects ORDER BY created_at, rowid")
            .fetch_all(&self.read)
            .await?;
        Ok(rows)
    }
}
