//! Where the audit log is kept.

use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use flyte_webhook_core::chain::{self, Hash};

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

/// What is found where a log is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The hash of its last record.
    pub(super) head: Hash,
    /// The hash of what an interrupted process left after that.
    pub(super) torn: Option<Hash>,
    /// Whether that has no end of line.
    pub(super) is_open: bool,
}

impl Tail {
    const EMPTY: Self = Self {
        head: Hash::NOTHING,
        torn: None,
        is_open: false,
    };
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
        Ok(tail_of(&end, start == 0))
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

/// The last record in the end of a file, and what follows it.
fn tail_of(end: &[u8], is_whole_file: bool) -> Option<Tail> {
    if end.is_empty() {
        return Some(Tail::EMPTY);
    }
    let is_open = !end.ends_with(b"\n");
    let text = end.strip_suffix(b"\n").unwrap_or(end);
    let (mut before, mut torn) = (Some(text), None);
    while let Some(lines) = before {
        let (rest, line) = last_line(lines);
        if let Some(head) = chain::head_of(line) {
            let torn = torn.and_then(|from| text.get(from..)).map(Hash::of);
            return Some(Tail {
                head,
                torn,
                is_open,
            });
        }
        torn = Some(lines.len() - line.len());
        before = rest;
    }
    // Nothing but what the first record of all may have left.
    let is_start = is_whole_file && text.starts_with(b"{\"seq\":0,");
    is_start.then(|| Tail {
        head: Hash::NOTHING,
        torn: Some(Hash::of(text)),
        is_open,
    })
}

/// The last of some lines, and those before it.
fn last_line(lines: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match lines.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => {
            let (before, line) = lines.split_at(end);
            (Some(before), line.get(1..).unwrap_or_default())
        }
        None => (None, lines),
    }
}

#[cfg(test)]
mod tests {
    use flyte_webhook_core::chain::Chain;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_record_is_found_before_whatever_was_left_unfinished() {
        let mut chain = Chain::new([1; 16], Hash::NOTHING);
        let line = chain.seal("start", &json!({}));
        let whole = Tail {
            head: chain.head(),
            torn: None,
            is_open: false,
        };
        let after =
            |rest: &str, is_whole_file| tail_of(format!("{line}{rest}").as_bytes(), is_whole_file);
        let torn = |text: &str, is_open| Tail {
            torn: Some(Hash::of(text.as_bytes())),
            is_open,
            ..whole
        };
        assert_eq!(after("", true), Some(whole));
        assert_eq!(after("{\"seq", false), Some(torn("{\"seq", true)));
        assert_eq!(after("{\"seq\n", false), Some(torn("{\"seq", false)));
        assert_eq!(
            after("{\"seq\n{\"s", false),
            Some(torn("{\"seq\n{\"s", true))
        );
        let cut = line.trim_end();
        let open = Tail {
            is_open: true,
            ..whole
        };
        assert_eq!(tail_of(cut.as_bytes(), true), Some(open));
        assert_eq!(tail_of(b"", true), Some(Tail::EMPTY));
        assert_eq!(tail_of(b"a line\nof another log\n", true), None);
        assert_eq!(
            tail_of(&line.as_bytes()[..20], true).map(|tail| tail.head),
            Some(Hash::NOTHING)
        );
        assert_eq!(tail_of(&line.as_bytes()[..20], false), None);
    }
}
