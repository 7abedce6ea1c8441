//! Where things are in the data directory, and the lock that keeps a second
//! process out of it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The data directory is not usable.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be made.
    #[error("cannot create {path}; choose a directory that you may write to")]
    Create {
        /// What was to be made.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the lock.
    #[error("{root} is in use by another process; stop it or choose another data directory")]
    InUse {
        /// The directory in question.
        root: PathBuf,
    },
    /// A name cannot be part of a path.
    #[error("`{0}` cannot be part of a path; use letters, digits, `-`, `_` and `.`")]
    Segment(String),
}

/// The data directory, locked for as long as this value lives.
pub(super) struct Layout {
    root: PathBuf,
    _lock: File,
}

impl Layout {
    /// Makes the directory and takes its lock.
    pub(super) fn open(root: &Path) -> Result<Self, Error> {
        for directory in [root.join("objects"), root.join("runs")] {
            create_directory(&directory)?;
        }
        let create = |source| Error::Create {
            path: root.to_owned(),
            source,
        };
        let root = root.canonicalize().map_err(create)?;
        let lock = lock(&root)?;
        Ok(Self { root, _lock: lock })
    }

    /// The directory itself, absolute.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The SQLite file.
    pub(super) fn database(&self) -> PathBuf {
        self.root.join("control-plane.sqlite")
    }

    /// Where uploads go.
    pub(super) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// Everything of one app: log and working directory.
    pub(super) fn app(&self, project: &str, domain: &str, app: &str) -> Result<PathBuf, Error> {
        let mut path = self.root.join("apps");
        for name in [project, domain, app] {
            path.push(segment(name)?);
        }
        Ok(path)
    }

    /// Everything of one run: inputs, outputs, work directories.
    pub(super) fn run(&self, project: &str, domain: &str, run: &str) -> Result<PathBuf, Error> {
        let mut path = self.root.join("runs");
        for name in [project, domain, run] {
            path.push(segment(name)?);
        }
        Ok(path)
    }
}

/// The name, when it is safe as one component of a path.
pub(super) fn segment(name: &str) -> Result<&str, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let safe = !name.is_empty() && name.len() <= 200 && !name.starts_with('.');
    if safe && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(Error::Segment(name.chars().take(80).collect()))
    }
}

fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Create {
        path: path.to_owned(),
        source,
    })
}

fn lock(root: &Path) -> Result<File, Error> {
    let path = root.join("lock");
    let create = |source| Error::Create {
        path: path.clone(),
        source,
    };
    let file = File::create(&path).map_err(create)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            root: root.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(create(source)),
    }
}
