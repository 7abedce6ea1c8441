//! One page of a list.

use flyte_idl::flyteidl2::common::{Filter, ListRequest, sort::Direction};
use sqlx::{FromRow, QueryBuilder, Sqlite, sqlite::SqliteRow};

use super::{
    Store,
    filter::{self, Column},
};

/// The largest page.
pub(in crate::embedded) const MAX_LIMIT: u32 = 200;
const DEFAULT_LIMIT: u32 = 50;

/// A page could not be read.
#[derive(Debug, thiserror::Error)]
pub(in crate::embedded) enum Error {
    #[error(transparent)]
    Request(#[from] filter::Error),
    #[error(transparent)]
    Store(#[from] super::Error),
}

/// The rows of one page and the token of the next, empty after the last.
#[derive(Debug)]
pub(in crate::embedded) struct Page<T> {
    pub(in crate::embedded) rows: Vec<T>,
    pub(in crate::embedded) token: String,
}

/// What can be listed: a source of rows and the columns that requests name.
pub(super) struct Source<'a> {
    /// A table or subquery; it has a column `seq` that orders equal rows.
    pub(super) from: &'static str,
    /// Equalities that always hold; the columns are ours, the values a caller's.
    pub(super) scope: &'a [(&'static str, &'a str)],
    pub(super) columns: &'static [Column],
}

impl Store {
    pub(super) async fn page<T>(
        &self,
        source: &Source<'_>,
        request: &ListRequest,
    ) -> Result<Page<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let limit = limit(request)?;
        let offset = offset(request)?;
        let mut sql = select("SELECT *", source, &request.filters)?;
        push_order(&mut sql, request, source.columns)?;
        // One more than asked for shows whether there is a next page.
        sql.push(" LIMIT ")
            .push_bind(limit + 1)
            .push(" OFFSET ")
            .push_bind(offset);
        let mut rows: Vec<T> = sql
            .build_query_as()
            .fetch_all(&self.read)
            .await
            .map_err(super::Error::from)?;
        let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let token = if more {
            (offset + limit).to_string()
        } else {
            String::new()
        };
        Ok(Page { rows, token })
    }

    pub(super) async fn count(
        &self,
        source: &Source<'_>,
        filters: &[Filter],
    ) -> Result<u32, Error> {
        let mut sql = select("SELECT count(*)", source, filters)?;
        let count: u32 = sql
            .build_query_scalar()
            .fetch_one(&self.read)
            .await
            .map_err(super::Error::from)?;
        Ok(count)
    }
}

fn select(
    what: &'static str,
    source: &Source<'_>,
    filters: &[Filter],
) -> Result<QueryBuilder<Sqlite>, filter::Error> {
    let mut sql = QueryBuilder::new(what);
    sql.push(" FROM ").push(source.from).push(" WHERE 1 = 1");
    for (column, value) in source.scope {
        sql.push(" AND ")
            .push(column)
            .push(" = ")
            .push_bind((*value).to_owned());
    }
    filter::push_filters(&mut sql, filters, source.columns)?;
    Ok(sql)
}

fn push_order(
    sql: &mut QueryBuilder<Sqlite>,
    request: &ListRequest,
    columns: &[Column],
) -> Result<(), filter::Error> {
    let single = request
        .sort_by
        .as_option()
        .filter(|sort| !sort.key.is_empty());
    let sorts = request.sort_by_fields.iter().chain(single);
    sql.push(" ORDER BY ");
    let mut direction = " DESC";
    let mut sorted = false;
    for sort in sorts {
        let column = filter::find(columns, &sort.key)?;
        let ascending = sort.direction == Direction::ASCENDING;
        direction = if ascending { " ASC" } else { " DESC" };
        sql.push(column.sql).push(direction).push(", ");
        sorted = true;
    }
    if !sorted {
        sql.push("created_at DESC, ");
    }
    sql.push("seq").push(direction);
    Ok(())
}

fn limit(request: &ListRequest) -> Result<i64, filter::Error> {
    match request.limit {
        0 => Ok(DEFAULT_LIMIT.into()),
        limit if limit > MAX_LIMIT => Err(filter::Error::Limit(limit)),
        limit => Ok(limit.into()),
    }
}

fn offset(request: &ListRequest) -> Result<i64, filter::Error> {
    if request.token.is_empty() {
        return Ok(0);
    }
    let offset = request.token.parse::<u32>().ok().map(i64::from);
    offset.ok_or_else(|| filter::Error::Token(request.token.clone()))
}
