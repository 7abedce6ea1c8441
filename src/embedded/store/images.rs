//! Images that were built.

use super::{Error, RunKey, Store};

/// A stored image.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub(in crate::embedded) struct ImageRow {
    pub(in crate::embedded) project: String,
    pub(in crate::embedded) domain: String,
    /// Name and tag.
    pub(in crate::embedded) name: String,
    pub(in crate::embedded) address: String,
    /// The run that built it.
    pub(in crate::embedded) run: String,
}

impl Store {
    /// Stores an image; the latest of its name counts.
    pub(in crate::embedded) async fn put_image(
        &self,
        run: &RunKey,
        name: &str,
        address: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT OR REPLACE INTO images (project, domain, name, address, run, created_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&run.project)
        .bind(&run.domain)
        .bind(name)
        .bind(address)
        .bind(&run.run)
        .bind(self.now())
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The image of that name; empty project and domain mean any.
    pub(in crate::embedded) async fn image(
        &self,
        project: &str,
        domain: &str,
        name: &str,
    ) -> Result<Option<ImageRow>, Error> {
        let row = sqlx::query_as(
            "SELECT project, domain, name, address, run FROM images \
             WHERE name = ?1 AND ?2 IN ('', project) AND ?3 IN ('', domain) \
             ORDER BY created_at DESC LIMIT 1",
        )
        .bind(name)
        .bind(project)
        .bind(domain)
        .fetch_optional(&self.read)
        .await?;
        Ok(row)
    }
}
