//! Where the audit log is kept.

use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::tail::Tail;
use crate::config::AuditLog;

/// How much of the end of a file is searched for its last record.
const TAIL: u64 = 1 << 20;

/// Why a log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be written.
    #[error("audit.file: {log} cannot be written; give a path in a directory that can be")]
    Unwritable {
        /// The log.
        log: String,
        /// Why not.
        source: io::Error,
    },
    /// Another process writes it.
    #[error("audit.file: {log} is being written by another process; give each a file of its own")]
    Locked {
        /// The log.
        log: String,
    },
    /// It is a file of something else.
    #[error("audit.file: {log} does not end like an audit log; move it away or give another path")]
    Foreign {
        /// The log.
        log: String,
    },
}

impl Error {
    pub(super) fn new(log: &AuditLog, source: io::Error) -> Self {
        let log = log.name();
        Self::Unwritable { log, source }
    }
}

/// Where records go.
pub(super) enum Sink {
    File(LogFile),
    Stream(Box<dyn Write + Send>),
}

/// Why the next record goes into a file that does not hold the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The file was moved away, or removed.
    Renamed,
    /// Somebody cut the file.
    Cut,
}

impl Sink {
    pub(super) fn open(log: &AuditLog) -> Result<(Self, Tail), Error> {
        match log {
            AuditLog::Stdout => Ok((Self::Stream(Box::new(io::stdout())), Tail::EMPTY)),
            AuditLog::Stderr => Ok((Self::Stream(Box::new(io::stderr())), Tail::EMPTY)),
            AuditLog::File(path) => {
                let (file, tail) = LogFile::open(path)?;
                Ok((Self::File(file), tail))
            }
        }
    }

    /// Looks whether the file is still where it was, and takes a new one where it
    /// is not.
    pub(super) fn follow(&mut self) -> io::Result<Option<Moved>> {
        match self {
            Self::File(file) => file.follow(),
            Self::Stream(_) => Ok(None),
        }
    }

    /// Adds lines, all or none of them.
    pub(super) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => file.append(lines),
            Self::Stream(stream) => stream.write_all(lines).and_then(|()| stream.flush()),
        }
    }

    /// Returns when all is on the disk.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) if file.is_regular => file.file.sync_data(),
            Self::File(_) | Self::Stream(_) => Ok(()),
        }
    }
}

/// An open file, which no other process writes.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    /// Not a device or a pipe, which have neither an end nor a length.
    is_regular: bool,
    length: u64,
    /// Whether a part of what could not be written whole is still there.
    is_torn: bool,
}

impl LogFile {
    fn open(path: &Path) -> Result<(Self, Tail), Error> {
        let log = || path.display().to_string();
        let unwritable = |source| Error::Unwritable { log: log(), source };
        let mut file = Self::take(path).map_err(unwritable)?;
        if !file.is_regular {
            return Ok((file, Tail::EMPTY));
        }
        match file.file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Locked { log: log() }),
            // Some file systems know no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let tail = file.tail().map_err(unwritable)?;
        let tail = tail.ok_or_else(|| Error::Foreign { log: log() })?;
        Ok((file, tail))
    }

    /// Readable by nobody else where it is made here; whoever made it may have had
    /// another plan.
    fn take(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        let is_device = |found: Metadata| {
            let kind = found.file_type();
            kind.is_char_device() || kind.is_fifo() || kind.is_socket()
        };
        let is_regular = !std::fs::metadata(path).is_ok_and(is_device);
        let file = options.read(is_regular).open(path)?;
        let length = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            is_regular,
            length,
            is_torn: false,
        })
    }

    /// The end of the file; `None` where that is none of an audit log.
    fn tail(&mut self) -> io::Result<Option<Tail>> {
        let start = self.length.saturating_sub(TAIL);
        self.file.seek(SeekFrom::Start(start))?;
        let mut end = Vec::new();
        Read::by_ref(&mut self.file)
            .take(TAIL)
            .read_to_end(&mut end)?;
        Ok(Tail::of(&end, start == 0))
    }

    fn follow(&mut self) -> io::Result<Option<Moved>> {
        if !self.is_regular {
            return Ok(None);
        }
        let own = self.file.metadata()?;
        let named = std::fs::metadata(&self.path);
        let is_same = named.is_ok_and(|it| (it.dev(), it.ino()) == (own.dev(), own.ino()));
        if !is_same {
            // What is in the old one has to be there before the new one tells of it.
            self.file.sync_data()?;
            let next = Self::take(&self.path)?;
            next.file.try_lock().map_err(io::Error::from)?;
            *self = next;
            return Ok(Some(Moved::Renamed));
        }
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
            return Ok(None);
        }
        let is_cut = own.len() < self.length;
        self.length = own.len();
        Ok(is_cut.then_some(Moved::Cut))
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        match &written {
            Ok(()) => self.length += lines.len() as u64,
            Err(_) if self.is_regular => self.is_torn = self.file.set_len(self.length).is_err(),
            Err(_) => {}
        }
        written
    }
}
