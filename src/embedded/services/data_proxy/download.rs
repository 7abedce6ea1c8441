//! Links to reports and code bundles.

use std::path::Path;

use buffa::Message;
use connectrpc::ConnectError;
use flyte_idl::flyteidl2::{
    common::ActionAttemptIdentifier,
    dataproxy::{
        ArtifactType, CreateDownloadLinkRequest, CreateDownloadLinkResponse, PreSignedURLs,
        create_download_link_request::Source,
    },
    task::TaskSpec,
};
use http::Method;

use super::super::{State, run, scope::action_key, task, unimplemented};
use crate::embedded::{objects, server::links, store, wire};

/// How long a link holds when the client does not say: a quarter of an hour.
const DEFAULT_LIFETIME: i64 = 900;
/// No link holds for longer than an hour, whatever the client says.
const MAX_LIFETIME: u64 = 3_600;

/// A link to what was asked for, if it is there.
pub(super) async fn link(
    state: &State,
    request: CreateDownloadLinkRequest,
) -> Result<CreateDownloadLinkResponse, ConnectError> {
    let wanted = request.artifact_type.as_known().unwrap_or_default();
    let uri = match request.source {
        Some(Source::ActionAttemptId(id)) => of_attempt(state, &id, wanted).await?,
        Some(Source::TaskId(id)) => {
            let row = task::find(state, &id)
                .await?
                .ok_or_else(|| task::not_found(&id))?;
            code_bundle(&row.spec)?
        }
        Some(Source::AppId(_)) => return Err(unimplemented("apps")),
        None => return Err(ConnectError::invalid_argument("a source is required")),
    };
    let path = Path::new(objects::path(&uri)?);
    let missing = || ConnectError::not_found("there is no such artifact");
    let key = state.layout.public_key(path).ok_or_else(missing)?;
    let asked = request.expires_in.as_option().and_then(wire::duration);
    let lifetime = asked.map_or(DEFAULT_LIFETIME, |it| {
        i64::try_from(it.as_secs().min(MAX_LIFETIME)).unwrap_or(DEFAULT_LIFETIME)
    });
    let expires = (state.store.now() / 1_000_000).saturating_add(lifetime);
    let link = links::Link {
        method: &Method::GET,
        key: &key,
        expires,
        md5: "",
    };
    let urls = PreSignedURLs {
        signed_url: vec![links::sign(state, &link)],
        expires_at: wire::time(expires.saturating_mul(1_000_000)).into(),
        ..Default::default()
    };
    Ok(CreateDownloadLinkResponse {
        pre_signed_urls: urls.into(),
        ..Default::default()
    })
}

async fn of_attempt(
    state: &State,
    id: &ActionAttemptIdentifier,
    wanted: ArtifactType,
) -> Result<String, ConnectError> {
    let row = run::find(state, &action_key(&id.action_id)).await?;
    match wanted {
        ArtifactType::ARTIFACT_TYPE_CODE_BUNDLE => code_bundle(&row.spec),
        ArtifactType::ARTIFACT_TYPE_REPORT => {
            let prefix = objects::output_prefix(&row.run_base, &row.name, id.attempt);
            Ok(format!("{prefix}/report.html"))
        }
        ArtifactType::ARTIFACT_TYPE_UNSPECIFIED => Err(ConnectError::invalid_argument(
            "an artifact type is required",
        )),
    }
}

fn code_bundle(spec: &[u8]) -> Result<String, ConnectError> {
    let spec = TaskSpec::decode_from_slice(spec).map_err(store::Error::from)?;
    let uri = &spec.task_template.metadata.code_bundle_uri;
    if uri.is_empty() {
        return Err(ConnectError::not_found(
            "the task was deployed without a code bundle",
        ));
    }
    Ok(uri.clone())
}
