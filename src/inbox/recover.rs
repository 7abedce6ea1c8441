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
    finish(path)?;
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
    let damaged = keep(path).map_err(failed)?;
    fs::rename(&fresh, restored(path)).map_err(failed)?;
    finish(path)?;
    Ok((saved, damaged))
}

/// Puts a file in its place that has been made whole, where there is one: also where
/// that was interrupted, since until then nothing may use what is there.
pub(super) fn finish(path: &Path) -> Result<(), OpenError> {
    put(path).map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })
}

fn put(path: &Path) -> io::Result<()> {
    let restored = restored(path);
    if !restored.try_exists()? {
        return Ok(());
    }
    file::sync_directory(path)?;
    // The log of the damaged file is none of the other's, and would be taken for it.
    remove(&file::beside(path, "wal"))?;
    remove(&file::beside(path, "shm"))?;
    file::sync_directory(path)?;
    fs::rename(&restored, path)?;
    file::sync_directory(path)
}

/// What has been made whole, while the damaged file is in its place.
fn restored(path: &Path) -> PathBuf {
    file::beside(path, "restored")
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

/// Gives the damaged file and its log another name, too, which nothing has yet.
fn keep(path: &Path) -> io::Result<PathBuf> {
    let free = |n: &u32| {
        matches!(
            file::beside(path, &format!("damaged-{n}")).try_exists(),
            Ok(false)
        )
    };
    let number = (1..=u32::MAX).find(free).unwrap_or_default();
    let aside = file::beside(path, &format!("damaged-{number}"));
    let log = file::beside(path, "wal");
    let log_aside = file::beside(&aside, "wal");
    // An earlier attempt may have come so far.
    remove(&log_aside)?;
    if log.try_exists()? {
        link(&log, &log_aside)?;
    }
    link(path, &aside)?;
    Ok(aside)
}

/// Not every file system has links.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_unlinked| fs::copy(from, to).map(drop))
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
