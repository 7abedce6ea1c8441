//! The file itself: made, locked, opened and checked.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, SqliteConnection, SqlitePool,
    sqlite::{
        SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use crate::inbox::error::{OpenError, is_damage};

/// How many may read at once.
const READERS: u32 = 2;
/// Up to this size a file is checked before it is used; a larger one while it is.
const CHECKED_FIRST: u64 = 64 << 20;
/// What is left of a log that has grown in a rush.
const LOG_BYTES: &str = "8388608";

/// Held by one process at a time.
pub(in crate::inbox) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started has the file, too, until
        // it becomes another program.
        let _ = self.0.unlock();
    }
}

/// A lock that no other process can have at the same time, on a file beside the inbox.
pub(in crate::inbox) fn lock(path: &Path) -> Result<Lock, OpenError> {
    let beside = beside(path, "lock");
    let failed = |source| OpenError::File {
        path: beside.clone(),
        source,
    };
    if let Some(directory) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory);
        made.map_err(failed)?;
    }
    let lock = options().open(&beside).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Opens the file for whoever writes, and checks what is needed to accept and to claim.
pub(in crate::inbox) async fn open(path: &Path) -> Result<SqliteConnection, OpenError> {
    prepare(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })?;
    let damaged = |error: sqlx::Error| OpenError::of(path, error);
    let mut connection = writer(path).connect().await.map_err(damaged)?;
    if path.metadata().is_ok_and(|it| it.len() <= CHECKED_FIRST) {
        check(&mut connection, path).await?;
    }
    Ok(connection)
}

/// Brings the schema up to date.
pub(in crate::inbox) async fn migrate(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    sqlx::migrate!("src/inbox/migrations/sqlite")
        .run(connection)
        .await?;
    Ok(())
}

/// Connections for whoever reads.
pub(in crate::inbox) fn readers(path: &Path) -> SqlitePool {
    let options = writer(path).pragma("query_only", "ON");
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(options)
}

impl OpenError {
    /// What a failure of this file means.
    pub(in crate::inbox) fn of(path: &Path, error: sqlx::Error) -> Self {
        if is_damage(&error) {
            return Self::Damaged {
                path: path.to_owned(),
                finding: error.to_string(),
            };
        }
        Self::Database(error)
    }
}

fn writer(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("journal_size_limit", LOG_BYTES)
}

/// Makes the file where there is none, for nobody else to read, and makes sure of
/// what its log holds.
fn prepare(path: &Path) -> io::Result<()> {
    if !path.try_exists()? {
        options().open(path)?.sync_all()?;
        sync_directory(path)?;
    }
    rewrite(&beside(path, "wal"))
}

/// Writes what a file holds into it once more. Where a kernel has dropped a page that
/// it could not write, it would take no notice of another fsync alone, and what the log
/// seems to hold would be gone with the power.
fn rewrite(log: &Path) -> io::Result<()> {
    // Opened once: whoever was the last to read takes the log away when it has gone.
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    file.rewind()?;
    file.write_all(&content)?;
    file.sync_all()?;
    sync_directory(log)
}

pub(in crate::inbox) fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

/// A file beside the inbox: its log, its lock.
pub(in crate::inbox) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-");
    name.push(what);
    PathBuf::from(name)
}

/// Refuses a file that is not sound.
async fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let found = finding(connection).await;
    match found.map_err(|error| OpenError::of(path, error))? {
        Some(finding) => Err(OpenError::Damaged {
            path: path.to_owned(),
            finding,
        }),
        None => Ok(()),
    }
}

/// The first thing that is wrong with the file.
async fn finding(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
        .await?;
    Ok((found != "ok").then_some(found))
}

/// The first thing that is wrong with a file that is in use.
pub(super) async fn damage(read: SqlitePool) -> Option<String> {
    let mut connection = read.acquire().await.ok()?;
    match finding(&mut connection).await {
        Ok(finding) => finding,
        Err(error) => is_damage(&error).then(|| error.to_string()),
    }
}
