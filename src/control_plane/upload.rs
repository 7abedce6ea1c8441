//! Files that a run reads, sent to the place that the control plane names.
//!
//! The address comes as data: it is the control plane's own, or it must pass
//! the egress guard. The caller's credentials do not go there.

use std::{sync::Arc, time::Duration};

use buffa_types::google::protobuf;
use bytes::Bytes;
use data_encoding::BASE64;
use flyte_idl::flyteidl2::{
    cluster::select_cluster_request::Operation, dataproxy::CreateUploadLocationRequest,
};
use flyte_webhook_core::id::Scope;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use md5::{Digest, Md5};
use url::Url;

use super::{Caller, ControlPlane};
use crate::{audit::host_and_port, egress};

/// How long the address may be used.
const LIFETIME: Duration = Duration::from_mins(15);

/// Headers that belong to the connection or to the body.
const OWN: [HeaderName; 5] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    HeaderName::from_static("content-md5"),
];

/// A file that could not be stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The address may not be connected to.
    #[error("the address to upload to is refused")]
    Address(#[from] egress::Error),
    /// The store cannot be reached, or the connection broke.
    #[error("the store could not be reached")]
    Unreachable(#[source] Arc<reqwest::Error>),
    /// The store did not answer in time.
    #[error("the store did not answer in time")]
    Timeout,
    /// The store refused the file.
    #[error("the store answered {0}")]
    Refused(StatusCode),
}

/// Sends files.
pub(super) struct Store {
    /// For the control plane's own address.
    pub(super) home: reqwest::Client,
    /// For any other.
    pub(super) guarded: reqwest::Client,
    pub(super) endpoint: Url,
    pub(super) guard: egress::Guard,
}

impl ControlPlane {
    /// Stores a file for a run in this place; gives its address.
    pub async fn upload(
        &self,
        caller: &Caller,
        scope: &Scope,
        filename: &str,
        content: Vec<u8>,
    ) -> Result<String, super::Error> {
        let call = self.call(caller);
        let md5 = Md5::digest(&content).to_vec();
        let project = self.project(&scope.domain, &scope.project);
        let operation = Operation::OPERATION_CREATE_UPLOAD_LOCATION;
        let proxy = self.routing.data_proxy(call, operation, project).await?;
        let request = CreateUploadLocationRequest {
            project: scope.project.to_string(),
            domain: scope.domain.to_string(),
            org: self.org.clone(),
            filename: filename.to_owned(),
            expires_in: protobuf::Duration {
                seconds: LIFETIME.as_secs().cast_signed(),
                ..Default::default()
            }
            .into(),
            content_md5: md5.clone(),
            add_content_md5_metadata: true,
            ..Default::default()
        };
        let place = call
            .repeatable(|options| {
                proxy.create_upload_location_with_options(request.clone(), options)
            })
            .await?
            .into_owned();
        if place.native_url.is_empty() {
            return Err(super::Error::incomplete("no place of the file"));
        }
        let mut headers = asked(place.headers);
        let md5 = HeaderValue::try_from(BASE64.encode(&md5)).expect("base64 is plain ASCII");
        headers.insert("content-md5", md5);
        if let Ok(url) = Url::parse(&place.signed_url) {
            caller.trail().calls(&host_and_port(&url));
        }
        self.store
            .put(&place.signed_url, headers, content.into(), call.left())
            .await?;
        Ok(place.native_url)
    }
}

impl Store {
    async fn put(
        &self,
        address: &str,
        headers: HeaderMap,
        content: Bytes,
        time: Duration,
    ) -> Result<(), Error> {
        let url = Url::parse(address).map_err(|_unparsable| egress::Error::NoUrl)?;
        let client = if url.origin() == self.endpoint.origin() {
            &self.home
        } else {
            self.guard.check(&url)?;
            &self.guarded
        };
        let sent = client
            .put(url)
            .headers(headers)
            .body(content)
            .timeout(time)
            .send()
            .await;
        let status = match sent {
            Ok(answer) => answer.status(),
            Err(error) if error.is_timeout() => return Err(Error::Timeout),
            // Whoever has the URL may write there.
            Err(error) => return Err(Error::Unreachable(Arc::new(error.without_url()))),
        };
        if status.is_success() {
            Ok(())
        } else {
            Err(Error::Refused(status))
        }
    }
}

/// The headers without which the store does not take the file.
fn asked(headers: impl IntoIterator<Item = (String, String)>) -> HeaderMap {
    let header = |(name, value): (String, String)| {
        let name = HeaderName::try_from(name).ok()?;
        let value = HeaderValue::try_from(value).ok()?;
        (!OWN.contains(&name)).then_some((name, value))
    };
    headers.into_iter().filter_map(header).collect()
}
