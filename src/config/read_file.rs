//! The files that a configuration was read from.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A file that was read, and how it was just before: one that was changed while it
/// was read looks different afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFile {
    path: PathBuf,
    state: Option<State>,
}

/// What differs where a file has other content. It is that of the file to which
/// symbolic links lead: Kubernetes changes files by a link to another directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl ReadFile {
    /// A file as it is now; it need not exist.
    pub(super) fn at(path: &Path) -> Self {
        let state = fs::metadata(path).ok().map(|it| State {
            file: (it.dev(), it.ino()),
            length: it.len(),
            modified: (it.mtime(), it.mtime_nsec()),
            changed: (it.ctime(), it.ctime_nsec()),
        });
        Self {
            path: path.to_owned(),
            state,
        }
    }

    /// The same file as it is now.
    #[must_use]
    pub fn now(&self) -> Self {
        Self::at(&self.path)
    }
}
