//! Uploads and downloads through signed links.

use std::{
    io,
    path::{Path as FilePath, PathBuf},
};

use axum::{
    body::Body,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use data_encoding::{BASE64, HEXLOWER};
use futures::StreamExt;
use http::{HeaderMap, Method, StatusCode, header};
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncWriteExt},
};
use tokio_util::io::ReaderStream;

use crate::embedded::{
    file,
    services::{self, MAX_UPLOAD},
    signing::Grant,
};

const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What a link is for.
pub(in crate::embedded) struct Link<'a> {
    pub(in crate::embedded) method: &'a Method,
    /// The file below the data directory.
    pub(in crate::embedded) key: &'a str,
    /// Seconds since the epoch.
    pub(in crate::embedded) expires: i64,
    /// What the upload must hash to, in hex; empty for anything.
    pub(in crate::embedded) md5: &'a str,
}

/// The query of a link.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Permission {
    expires: i64,
    #[serde(default)]
    md5: String,
    signature: String,
}

/// A link that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the link is not valid, or not for this method")]
    Signature,
    #[error("request has expired; ask for a new link")]
    Expired,
    #[error("the content's MD5 is not the one that was announced")]
    Digest,
    #[error("the announced MD5 does not read as one")]
    Encoding(#[from] data_encoding::DecodeError),
    #[error("the upload is larger than {MAX_UPLOAD} bytes")]
    Large,
    #[error("there is no such object")]
    Missing,
    #[error("the upload ended before its end")]
    Incomplete(#[source] axum::Error),
    #[error("the object cannot be stored or read")]
    Io(#[from] io::Error),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Signature | Self::Expired => StatusCode::FORBIDDEN,
            Self::Digest | Self::Encoding(_) | Self::Incomplete(_) => StatusCode::BAD_REQUEST,
            Self::Large => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Missing => StatusCode::NOT_FOUND,
            Self::Io(error) => {
                tracing::error!(%error, "an object could not be stored or read");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, format!("{self}\n")).into_response()
    }
}

/// The URL of a link.
pub(in crate::embedded) fn sign(state: &services::State, link: &Link<'_>) -> String {
    let grant = Grant {
        method: link.method,
        key: link.key,
        expires: link.expires,
        md5: link.md5,
    };
    format!(
        "http://{}/data/{}?expires={}&md5={}&signature={}",
        state.address,
        utf8_percent_encode(link.key, KEPT),
        link.expires,
        link.md5,
        state.signer.sign(&grant)
    )
}

/// Stores what is sent, once it is complete and has the announced hash.
pub(super) async fn upload(
    State(state): State<services::State>,
    Path(key): Path<String>,
    Query(query): Query<Permission>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Error> {
    let path = check(&state, &Method::PUT, &key, &query)?;
    let partial = partial_path(&path);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).await?;
    }
    let stored = receive(&partial, body, &expected(&headers, &query)?).await;
    if stored.is_err() {
        // What is left is of no use; that it may stay is no second error.
        let _ = fs::remove_file(&partial).await;
    }
    stored?;
    fs::rename(&partial, &path).await?;
    Ok(StatusCode::OK)
}

/// Sends a file.
pub(super) async fn download(
    State(state): State<services::State>,
    Path(key): Path<String>,
    Query(query): Query<Permission>,
) -> Result<Response, Error> {
    let path = check(&state, &Method::GET, &key, &query)?;
    // Looked at again: a task may have put something else in its place.
    let key = state.layout.public_key(&path).ok_or(Error::Missing)?;
    let path = state.layout.root().join(key);
    let file = match file::open(&path).await {
        Ok(file) => file,
        Err(file::Error::Io(error)) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error.into());
        }
        Err(_) => return Err(Error::Missing),
    };
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        // A report is a task's own page, and not one of this origin.
        (header::CONTENT_SECURITY_POLICY, "sandbox allow-scripts"),
    ];
    Ok((headers, Body::from_stream(ReaderStream::new(file))).into_response())
}

/// The MD5 of a file, if there is one.
pub(in crate::embedded) async fn md5_of(
    path: &FilePath,
) -> Result<Option<Vec<u8>>, crate::embedded::objects::Error> {
    let unread = |source| crate::embedded::objects::Error::Read {
        path: path.to_owned(),
        source,
    };
    let failed = |source| unread(file::Error::Io(source));
    let mut file = match file::open(path).await {
        Err(error) if error.is_missing() => return Ok(None),
        file => file.map_err(unread)?,
    };
    let mut hash = Md5::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).await.map_err(failed)?;
        if read == 0 {
            return Ok(Some(hash.finalize().to_vec()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

fn check(
    state: &services::State,
    method: &Method,
    key: &str,
    query: &Permission,
) -> Result<PathBuf, Error> {
    let grant = Grant {
        method,
        key,
        expires: query.expires,
        md5: &query.md5,
    };
    if !state.signer.verify(&grant, &query.signature) {
        return Err(Error::Signature);
    }
    if query.expires < state.store.now() / 1_000_000 {
        return Err(Error::Expired);
    }
    // Whoever signed it has made it of safe parts.
    Ok(state.layout.root().join(key))
}

/// The hashes that the content must have: that of the link, that of the header.
fn expected(headers: &HeaderMap, query: &Permission) -> Result<Vec<Vec<u8>>, Error> {
    let mut expected = Vec::new();
    if !query.md5.is_empty() {
        expected.push(HEXLOWER.decode(query.md5.as_bytes())?);
    }
    if let Some(value) = headers.get("content-md5") {
        expected.push(BASE64.decode(value.as_bytes())?);
    }
    Ok(expected)
}

async fn receive(path: &FilePath, body: Body, expected: &[Vec<u8>]) -> Result<(), Error> {
    let mut file = File::create(path).await?;
    let mut chunks = body.into_data_stream();
    let mut hash = Md5::new();
    let mut size = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(Error::Incomplete)?;
        size += chunk.len() as u64;
        if size > MAX_UPLOAD {
            return Err(Error::Large);
        }
        hash.update(&chunk);
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    let digest = hash.finalize();
    if expected
        .iter()
        .any(|wanted| wanted.as_slice() != digest.as_slice())
    {
        return Err(Error::Digest);
    }
    Ok(())
}

fn partial_path(path: &FilePath) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.part", rand::random::<u64>()));
    PathBuf::from(name)
}
