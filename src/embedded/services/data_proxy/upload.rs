//! Places to upload to.

use std::time::Duration;

use connectrpc::ConnectError;
use data_encoding::HEXLOWER;
use flyte_idl::flyteidl2::dataproxy::{CreateUploadLocationRequest, CreateUploadLocationResponse};
use http::Method;

use super::super::{MAX_UPLOAD, State, scope};
use crate::embedded::{layout, objects, server::links, wire};

/// How long an upload may take when the client does not say.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);
const MAX_LIFETIME: Duration = Duration::from_hours(1);

/// A link to upload to, and the location that the file will have.
pub(super) async fn locate(
    state: &State,
    request: &CreateUploadLocationRequest,
) -> Result<CreateUploadLocationResponse, ConnectError> {
    scope::check_project(state, &request.project, &request.domain).await?;
    let lifetime = lifetime(request)?;
    let md5 = HEXLOWER.encode(&request.content_md5);
    let key = key(request, &md5)?;
    let path = state.layout.root().join(&key);
    if !request.filename.is_empty() && !request.filename_root.is_empty() {
        refuse_other_content(&path, &request.content_md5).await?;
    }
    let expires = state.store.now() + i64::try_from(lifetime.as_micros()).unwrap_or_default();
    let link = links::Link {
        method: &Method::PUT,
        key: &key,
        expires: expires / 1_000_000,
        md5: &md5,
    };
    Ok(CreateUploadLocationResponse {
        signed_url: links::sign(state, &link),
        native_url: objects::uri(&path),
        expires_at: wire::time(expires).into(),
        ..Default::default()
    })
}

fn lifetime(request: &CreateUploadLocationRequest) -> Result<Duration, ConnectError> {
    let limit = i64::try_from(MAX_UPLOAD).unwrap_or(i64::MAX);
    if request.content_length > limit {
        return Err(ConnectError::invalid_argument(format!(
            "content_length is {}, at most {limit} is allowed",
            request.content_length
        )));
    }
    match request.expires_in.as_option().and_then(wire::duration) {
        Some(wanted) if wanted > MAX_LIFETIME => Err(ConnectError::invalid_argument(
            "expires_in is longer than one hour; ask for less",
        )),
        wanted => Ok(wanted.unwrap_or(DEFAULT_LIFETIME)),
    }
}

/// `objects/{project}/{domain}/{root or hash}/{name}`.
fn key(request: &CreateUploadLocationRequest, md5: &str) -> Result<String, ConnectError> {
    let root = match (request.filename_root.as_str(), md5) {
        ("", "") => {
            return Err(ConnectError::invalid_argument(
                "send filename_root or content_md5",
            ));
        }
        ("", md5) => md5,
        (root, _) => root,
    };
    let name = match request.filename.as_str() {
        "" if md5.is_empty() => "object",
        "" => md5,
        name => name,
    };
    for part in root.split('/').chain(name.split('/')) {
        check_part(part)?;
    }
    let project = layout::segment(&request.project)?;
    let domain = layout::segment(&request.domain)?;
    Ok(format!("objects/{project}/{domain}/{root}/{name}"))
}

/// File names are the user's own: all but what leads out of the directory.
fn check_part(part: &str) -> Result<(), layout::Error> {
    let leads_out = part.is_empty() || part == "." || part == "..";
    if leads_out || part.len() > 200 || part.contains(|letter: char| letter.is_control()) {
        return Err(layout::Error::Segment(part.chars().take(80).collect()));
    }
    Ok(())
}

async fn refuse_other_content(path: &std::path::Path, md5: &[u8]) -> Result<(), ConnectError> {
    match links::md5_of(path).await? {
        Some(there) if !md5.is_empty() && there != md5 => Err(ConnectError::already_exists(
            "an object of that name with other content exists; choose another name",
        )),
        _ => Ok(()),
    }
}
