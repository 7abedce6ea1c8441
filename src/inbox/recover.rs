//! Making a sound inbox of a damaged file.
//!
//! The pages are read one by one, without the tree that holds them together and without
//! SQLite, which stops at the first that is wrong. A row is known by its shape, so that
//! every page that is sound gives its rows, whatever has happened to the others. The
//! damaged file stays where it is, under another name.

mod log;
mod page;
mod restore;
mod row;
mod value;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{OpenError, sqlite::file};

/// What was saved, and what was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Saved {
    /// Deliveries.
    pub deliveries: u64,
    /// Of them, those of which only what they start was readable.
    pub without_head: u64,
    /// Launches.
    pub launches: u64,
    /// Of them, those whose inputs were not readable; they are dead letters.
    pub without_inputs: u64,
    /// Pages that made no sense.
    pub unreadable_pages: u64,
}

/// Reads all that can be read of a file, and puts a sound one in its place. Gives what
/// was saved, and where the damaged file is now.
///
/// # Errors
///
/// Where another process uses the file, or the disk fails. The damaged file is then as
/// it was.
pub async fn recover(path: &Path) -> Result<(Saved, PathBuf), OpenError> {
    let _lock = file::lock(path)?;
    let failed = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    let pages = read(path).map_err(failed)?;
    let (rows, unreadable_pages) = row::all(&pages);
    let fresh = file::beside(path, "recovered");
    remove_all(&fresh).map_err(failed)?;
    let mut saved = restore::into(&fresh, rows).await?;
    saved.unreadable_pages = unreadable_pages;
    let damaged = set_aside(path).map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)?;
    file::sync_directory(path).map_err(failed)?;
    Ok((saved, damaged))
}

/// The pages as of the last commit that the log holds whole.
fn read(path: &Path) -> io::Result<page::Pages> {
    let database = fs::read(path)?;
    let log = match fs::read(file::beside(path, "wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        log => log?,
    };
    Ok(page::Pages::new(database, &log))
}

/// Gives the damaged file and its log another name, which nothing has yet.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let free = |n: &u32| {
        matches!(
            file::beside(path, &format!("damaged-{n}")).try_exists(),
            Ok(false)
        )
    };
    let number = (1..=u32::MAX).find(free).unwrap_or_default();
    let aside = file::beside(path, &format!("damaged-{number}"));
    let log = file::beside(path, "wal");
    if log.try_exists()? {
        fs::rename(&log, file::beside(&aside, "wal"))?;
    }
    remove(&file::beside(path, "shm"))?;
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// What an earlier attempt has left.
fn remove_all(path: &Path) -> io::Result<()> {
    remove(path)?;
    remove(&file::beside(path, "wal"))?;
    remove(&file::beside(path, "shm"))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
