//! Files that somebody else may have put there: a task, or whoever wrote a
//! location into a request.
//!
//! Opening a pipe could block for ever, and a device may never end. Neither is
//! opened here, and nothing is read beyond a limit, however long the file says
//! it is.

use std::{io, path::Path};

use tokio::{
    fs::{self, File, OpenOptions},
    io::AsyncReadExt,
};

/// A file that is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is no regular file")]
    NotRegular,
    #[error("it has more than the {limit} bytes that are read")]
    Large { limit: u64 },
}

impl Error {
    /// Whether it says that nothing is there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(source) if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Opens a regular file to read it.
pub(super) async fn open(path: &Path) -> Result<File, Error> {
    if !fs::metadata(path).await?.is_file() {
        return Err(Error::NotRegular);
    }
    // It may be another file by now: that must not block either.
    let flags = nix::libc::O_NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .await?;
    if !file.metadata().await?.is_file() {
        return Err(Error::NotRegular);
    }
    Ok(file)
}

/// Reads a regular file of at most so many bytes.
pub(super) async fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    // One more than allowed, or what has just grown could not be told.
    let mut file = open(path).await?.take(limit.saturating_add(1));
    let mut bytes = Vec::new();
    if file.read_to_end(&mut bytes).await? as u64 > limit {
        return Err(Error::Large { limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_device_a_pipe_and_a_directory_are_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [Path::new("/dev/zero"), &pipe, directory.path()] {
            let refused = read_bounded(path, 10).await;
            assert!(
                matches!(refused, Err(Error::NotRegular)),
                "{} {refused:?}",
                path.display()
            );
        }
    }

    #[tokio::test]
    async fn a_file_is_read_up_to_the_limit_and_not_beyond() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(read_bounded(&path, 5).await.unwrap(), b"12345");
        let refused = read_bounded(&path, 4).await;
        assert!(matches!(refused, Err(Error::Large { limit: 4 })));
        let missing = read_bounded(&directory.path().join("no"), 4).await;
        assert!(missing.unwrap_err().is_missing());
    }
}
