//! Files behind `file://` locations.
//!
//! The SDK opens locations without decoding percent escapes, so none is ever
//! written here: a location is `file://` and the path, byte for byte.

use std::{
    io,
    path::{Path, PathBuf},
};

use buffa::Message;
use tokio::fs;

use super::{
    file,
    layout::{self, Layout},
    store::ActionKey,
};

/// No message of this size is read into memory.
const MAX_MESSAGE: u64 = 64 << 20;

/// A location cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("`{0}` is not on this machine; use a `file://` location")]
    Remote(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: file::Error },
    #[error("{path} is not a message of the expected type")]
    Decode {
        path: PathBuf,
        source: buffa::DecodeError,
    },
    #[error(transparent)]
    Layout(#[from] layout::Error),
}

impl Error {
    /// Whether it says that nothing is there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.is_missing())
    }
}

/// The location of a path.
pub(super) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The path of a location.
pub(super) fn path(uri: &str) -> Result<&str, Error> {
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(Error::Remote(uri.chars().take(200).collect()))
    }
}

/// The location itself, when it is on this machine.
pub(super) fn local(uri: &str) -> Result<&str, Error> {
    path(uri).map(|_| uri)
}

/// The file of inputs that is meant by a location, which may be its directory.
pub(super) fn input_file(uri: &str) -> String {
    file_of(uri, "inputs.pb")
}

/// The file of outputs that is meant by a location, which may be its directory.
pub(super) fn output_file(uri: &str) -> String {
    file_of(uri, "outputs.pb")
}

fn file_of(uri: &str, name: &str) -> String {
    let uri = uri.trim_end_matches('/');
    match uri.rsplit('/').next() {
        Some(last) if last == name => uri.to_owned(),
        _ => format!("{uri}/{name}"),
    }
}

/// Where an attempt writes; the SDK builds the same path to look for errors.
pub(super) fn output_prefix(run_base: &str, action: &str, attempt: u32) -> String {
    format!("{}/{action}/{attempt}", run_base.trim_end_matches('/'))
}

/// The directory of an attempt: its process works below it, its log is in it.
pub(super) fn attempt_directory(
    layout: &Layout,
    key: &ActionKey,
    attempt: u32,
) -> Result<PathBuf, layout::Error> {
    let mut path = layout.run(&key.run.project, &key.run.domain, &key.run.run)?;
    path.extend([layout::segment(&key.name)?, &attempt.to_string()]);
    Ok(path)
}

/// Reads a message of bounded size.
pub(super) async fn read_message<M: Message>(path: &Path) -> Result<M, Error> {
    let read = file::read_bounded(path, MAX_MESSAGE).await;
    let bytes = read.map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    M::decode_from_slice(&bytes).map_err(|source| Error::Decode {
        path: path.to_owned(),
        source,
    })
}

/// Writes a message and the directories above it.
pub(super) async fn write_message<M: Message>(path: &Path, message: &M) -> Result<(), Error> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).await.map_err(io)?;
    }
    // Renamed into place, so that no reader sees half of it.
    let partial = path.with_extension(format!("{:016x}.part", rand::random::<u64>()));
    fs::write(&partial, message.encode_to_vec())
        .await
        .map_err(io)?;
    fs::rename(&partial, path).await.map_err(io)
}
