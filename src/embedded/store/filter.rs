//! Filters of list requests as SQL. Only named columns can be filtered.

use flyte_idl::flyteidl2::common::{Filter, filter::Function};
use jiff::Timestamp;
use sqlx::{QueryBuilder, Sqlite};

/// Fewer than SQLite takes in one statement.
const MAX_VALUES: usize = 1_000;

/// A list request that cannot be answered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(in crate::embedded) enum Error {
    #[error("cannot filter or sort by `{field}`; use one of {known}")]
    Field { field: String, known: String },
    #[error("the function {function} is not supported for `{field}`")]
    Function { field: String, function: String },
    #[error("`{value}` is no value for `{field}`")]
    Value { field: String, value: String },
    #[error("{count} values for `{field}`, at most {MAX_VALUES} are allowed")]
    Values { field: String, count: usize },
    #[error("the limit is {0}, at most {max} is allowed", max = super::page::MAX_LIMIT)]
    Limit(u32),
    #[error("the token `{0}` is not one that a list returned")]
    Token(String),
}

/// What a column holds, which decides how a filter's value reads.
#[derive(Clone, Copy)]
pub(in crate::embedded) enum Kind {
    Text,
    Integer,
    Time,
}

/// A column that lists may filter and sort by.
pub(in crate::embedded) struct Column {
    pub(in crate::embedded) field: &'static str,
    pub(in crate::embedded) sql: &'static str,
    pub(in crate::embedded) kind: Kind,
}

/// A shorthand for tables of columns.
pub(in crate::embedded) const fn column(
    field: &'static str,
    sql: &'static str,
    kind: Kind,
) -> Column {
    Column { field, sql, kind }
}

/// The column of a field.
pub(super) fn find<'a>(columns: &'a [Column], field: &str) -> Result<&'a Column, Error> {
    columns
        .iter()
        .find(|column| column.field == field)
        .ok_or_else(|| {
            let known: Vec<_> = columns.iter().map(|column| column.field).collect();
            Error::Field {
                field: field.to_owned(),
                known: known.join(", "),
            }
        })
}

/// Adds `AND …` for each filter.
pub(super) fn push_filters(
    sql: &mut QueryBuilder<Sqlite>,
    filters: &[Filter],
    columns: &[Column],
) -> Result<(), Error> {
    for filter in filters {
        sql.push(" AND ");
        match filter.field.strip_prefix("labels.") {
            Some(label) if find(columns, "labels").is_ok() => push_label(sql, filter, label)?,
            _ => push_filter(sql, filter, find(columns, &filter.field)?)?,
        }
    }
    Ok(())
}

fn push_filter(
    sql: &mut QueryBuilder<Sqlite>,
    filter: &Filter,
    column: &Column,
) -> Result<(), Error> {
    let function = filter
        .function
        .as_known()
        .ok_or_else(|| unsupported(filter))?;
    if matches!(function, Function::VALUE_IN | Function::VALUE_NOT_IN) {
        return push_members(sql, filter, column, function);
    }
    let first = filter.values.first().map_or("", String::as_str);
    let comparison = match function {
        Function::EQUAL => " = ",
        Function::NOT_EQUAL => " <> ",
        Function::GREATER_THAN => " > ",
        Function::GREATER_THAN_OR_EQUAL => " >= ",
        Function::LESS_THAN => " < ",
        Function::LESS_THAN_OR_EQUAL => " <= ",
        Function::CONTAINS => {
            sql.push("instr(").push(column.sql).push(", ");
            sql.push_bind(first.to_owned()).push(") > 0");
            return Ok(());
        }
        Function::CONTAINS_CASE_INSENSITIVE => {
            sql.push("instr(lower(").push(column.sql).push("), ");
            sql.push_bind(first.to_lowercase()).push(") > 0");
            return Ok(());
        }
        Function::ENDS_WITH | Function::NOT_ENDS_WITH => {
            push_suffix(sql, column, function, first);
            return Ok(());
        }
        Function::VALUE_IN | Function::VALUE_NOT_IN | Function::EXISTS | Function::NOT_EXISTS => {
            return Err(unsupported(filter));
        }
    };
    sql.push(column.sql).push(comparison);
    push_value(sql, column, first)
}

fn push_members(
    sql: &mut QueryBuilder<Sqlite>,
    filter: &Filter,
    column: &Column,
    function: Function,
) -> Result<(), Error> {
    if filter.values.len() > MAX_VALUES {
        return Err(Error::Values {
            field: filter.field.clone(),
            count: filter.values.len(),
        });
    }
    let not = if function == Function::VALUE_NOT_IN {
        " NOT IN ("
    } else {
        " IN ("
    };
    sql.push(column.sql).push(not);
    for (index, value) in filter.values.iter().enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        push_value(sql, column, value)?;
    }
    sql.push(")");
    Ok(())
}

fn push_suffix(sql: &mut QueryBuilder<Sqlite>, column: &Column, function: Function, value: &str) {
    let not = if function == Function::ENDS_WITH {
        ""
    } else {
        "NOT "
    };
    // SQLite counts characters.
    let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    sql.push(not)
        .push("(length(")
        .push(column.sql)
        .push(") >= ")
        .push_bind(length);
    // A start before the text reads as the whole text, hence the first test.
    sql.push(" AND substr(")
        .push(column.sql)
        .push(", -")
        .push_bind(length.max(1));
    sql.push(") = ").push_bind(value.to_owned()).push(")");
}

fn push_value(sql: &mut QueryBuilder<Sqlite>, column: &Column, value: &str) -> Result<(), Error> {
    let bad = || Error::Value {
        field: column.field.to_owned(),
        value: value.to_owned(),
    };
    match column.kind {
        Kind::Text => sql.push_bind(value.to_owned()),
        Kind::Integer => sql.push_bind(value.parse::<i64>().ok().ok_or_else(bad)?),
        Kind::Time => {
            let time: Timestamp = value.parse().ok().ok_or_else(bad)?;
            sql.push_bind(time.as_microsecond())
        }
    };
    Ok(())
}

/// Labels are a JSON object; its keys may hold any character.
fn push_label(sql: &mut QueryBuilder<Sqlite>, filter: &Filter, label: &str) -> Result<(), Error> {
    let exists = match filter.function.as_known() {
        Some(Function::EQUAL | Function::EXISTS) => "EXISTS",
        Some(Function::NOT_EQUAL | Function::NOT_EXISTS) => "NOT EXISTS",
        _ => return Err(unsupported(filter)),
    };
    sql.push(exists)
        .push(" (SELECT 1 FROM json_each(labels) WHERE key = ");
    sql.push_bind(label.to_owned());
    if let (Some(Function::EQUAL | Function::NOT_EQUAL), Some(value)) =
        (filter.function.as_known(), filter.values.first())
    {
        sql.push(" AND value = ").push_bind(value.clone());
    }
    sql.push(")");
    Ok(())
}

fn unsupported(filter: &Filter) -> Error {
    Error::Function {
        field: filter.field.clone(),
        function: filter.function.to_string(),
    }
}
