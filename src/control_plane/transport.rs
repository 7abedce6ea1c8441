//! The generated clients' transport: reqwest, with nothing that it would do on
//! its own (redirects, proxies, cookies).

use connectrpc::{
    ConnectError,
    client::{BoxFuture, ClientBody, ClientTransport},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE,
};
use http_body_util::BodyExt;

/// Notes the status of an answer among its headers, where the Connect client's
/// errors carry it on. An upstream's own header of this name is removed.
const STATUS: HeaderName = HeaderName::from_static("x-flyte-webhook-upstream-status");

/// Sends Connect requests with one pool of connections.
#[derive(Clone)]
pub(crate) struct Transport {
    client: reqwest::Client,
}

impl Transport {
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl ClientTransport for Transport {
    type ResponseBody = reqwest::Body;
    type Error = Error;

    fn send(
        &self,
        request: Request<ClientBody>,
    ) -> BoxFuture<'static, Result<Response<Self::ResponseBody>, Self::Error>> {
        let client = self.client.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Known bytes, so that a length is sent and a dead pooled
            // connection is replaced before anything was written.
            let body = body.collect().await?.to_bytes();
            let request = reqwest::Request::try_from(Request::from_parts(parts, body))
                .map_err(reqwest::Error::without_url)?;
            let answer = client
                .execute(request)
                .await
                .map_err(reqwest::Error::without_url)?;
            let mut response = Response::from(answer);
            let status = HeaderValue::from(response.status().as_u16());
            response.headers_mut().insert(STATUS, status);
            if response.status().is_success() && !is_connect(response.headers()) {
                let error = ConnectError::internal("the answer's media type is not Connect's");
                let headers = response.headers().clone();
                return Err(Error::NotConnect(error.with_headers(headers)));
            }
            Ok(response)
        })
    }
}

/// Whether a successful answer claims to be a message. The client would read
/// anything, and some of anything decodes.
fn is_connect(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    media_type.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        matches!(essence, "application/proto" | "application/connect+proto")
    })
}

/// The status that the answer had, `None` where none came.
pub(super) fn status(headers: &HeaderMap) -> Option<StatusCode> {
    StatusCode::from_bytes(headers.get(STATUS)?.as_bytes()).ok()
}

/// A request that could not be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The body of the request failed.
    #[error("the request could not be encoded")]
    Body(#[from] ConnectError),
    /// An answer of another protocol, such as a login page's.
    #[error("the answer is not Connect's")]
    NotConnect(#[source] ConnectError),
    /// reqwest failed; its URL is left out, since it may be nobody's business.
    #[error("the request could not be sent")]
    Send(#[from] reqwest::Error),
}
