//! What can be wrong with the inbox.

use std::{io, path::PathBuf, sync::Arc};

use sqlx::migrate::MigrateError;

/// A delivery or a launch is not where it should be. Nothing was acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It holds as much as it may.
    #[error("the inbox is full: it holds {used} of {most} bytes")]
    Full {
        /// What it holds.
        used: u64,
        /// What it may hold.
        most: u64,
    },
    /// The database refused, or the disk behind it.
    #[error("the inbox failed")]
    Database(#[source] Arc<sqlx::Error>),
    /// After a failure it has not been opened and checked again yet.
    #[error("the inbox cannot be opened again")]
    Reopen(#[source] Arc<OpenError>),
    /// The commit took too long. It may still come.
    #[error("the inbox did not commit in time")]
    Late,
    /// The keeper of the inbox has ended.
    #[error("the inbox is closed")]
    Closed,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// Why the inbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses it.
    #[error("inbox.path: another process uses {}; stop it, or give each its own", path.display())]
    Locked {
        /// The file that is locked.
        path: PathBuf,
    },
    /// The file or its directory cannot be used.
    #[error("inbox.path: {} cannot be used; write the path of a file in a writable directory", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in the file is not what was written.
    #[error("inbox.path: {} is damaged ({finding}); run `flyte-webhook inbox recover`", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong.
        finding: String,
    },
    /// The schema is not this version's.
    #[error("the schema of the inbox cannot be brought up to date")]
    Migrate(#[from] MigrateError),
    /// The database cannot be reached or refused.
    #[error("the database of the inbox failed")]
    Database(#[from] sqlx::Error),
    /// It does not write to disk before it says that it has.
    #[error(
        "inbox.postgres_url: the database has {setting} off, so that it can lose what it has committed; turn it on"
    )]
    NotDurable {
        /// The setting.
        setting: &'static str,
    },
}

/// Whether SQLite has found the file damaged, or no database.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    const CORRUPT: i32 = 11;
    const NOT_A_DATABASE: i32 = 26;
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    // The upper bits say more about it.
    code.is_some_and(|code| matches!(code & 0xff, CORRUPT | NOT_A_DATABASE))
}
