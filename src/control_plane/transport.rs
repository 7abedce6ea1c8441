//! The generated clients' transport.

use std::time::Duration;

use bytes::Bytes;
use connectrpc::{
    CompressionRegistry, ConnectError,
    client::{BoxFuture, ClientBody, ClientConfig, ClientTransport},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri,
    header::{CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT},
};
use http_body_util::{BodyExt, Collected, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy;

use super::{
    circuit::{Circuits, Outcome},
    clients,
    observer::Observer,
    pool::Pool,
};

/// Notes the status of an answer among its headers, where the Connect client's
/// errors carry it on. An upstream's own header of this name is removed.
const STATUS: HeaderName = HeaderName::from_static("x-flyte-webhook-upstream-status");

/// Says, where no answer came, that no call was made, and for how many
/// milliseconds none is.
const NOT_CALLED: HeaderName = HeaderName::from_static("x-flyte-webhook-not-called-for");

/// How long a call may take, as Connect says it.
const TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");

/// The media types of one message and of several.
const UNARY: &str = "application/proto";
const STREAM: &str = "application/connect+proto";

/// Sends Connect requests with one pool of connections.
#[derive(Clone)]
pub(crate) struct Transport {
    pool: Pool,
    /// The largest answer that is read.
    limit: usize,
    circuits: Circuits,
    observer: Observer,
}

impl Transport {
    pub(super) fn new(pool: Pool, limit: usize, circuits: Circuits, observer: Observer) -> Self {
        Self {
            pool,
            limit,
            circuits,
            observer,
        }
    }

    async fn exchange(self, mut request: Request<Bytes>) -> Result<Response<AnswerBody>, Error> {
        let agent = HeaderValue::from_static(clients::USER_AGENT);
        request.headers_mut().insert(USER_AGENT, agent);
        let answered = self.pool.request(request.map(Full::new)).await;
        let mut response = answered.map_err(unanswered)?;
        let status = HeaderValue::from(response.status().as_u16());
        response.headers_mut().insert(STATUS, status);
        if response.status().is_success() && !is_connect(response.headers()) {
            return Err(nonsense(
                "the answer's media type is not Connect's",
                response.headers(),
            ));
        }
        if response.headers().contains_key(CONTENT_ENCODING) {
            return Err(nonsense(
                "the answer is compressed, which was not asked for",
                response.headers(),
            ));
        }
        read(response, self.limit).await
    }
}

/// The settings of a client of this endpoint, for answers up to this size.
pub(super) fn config(endpoint: Uri, largest: usize) -> ClientConfig {
    // No compressed answers: one of a few kilobytes could cost the memory of
    // the largest that is read, and the way to the control plane is short.
    ClientConfig::new(endpoint)
        .with_compression(CompressionRegistry::new())
        .with_default_max_message_size(largest)
}

/// An answer that has been read whole, or a stream of messages.
pub(super) type AnswerBody = Either<Collected<Bytes>, Incoming>;

impl ClientTransport for Transport {
    type ResponseBody = AnswerBody;
    type Error = Error;

    fn send(
        &self,
        request: Request<ClientBody>,
    ) -> BoxFuture<'static, Result<Response<Self::ResponseBody>, Self::Error>> {
        let transport = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Known bytes, so that a length is sent and a dead pooled
            // connection is replaced before anything was written.
            let mut request = Request::from_parts(parts, body.collect().await?.to_bytes());
            let time = longest(request.headers());
            let asked = transport.observer.begin(&mut request, time);
            let answered = match transport.circuits.begin(&request, time) {
                Ok(attempt) => {
                    let answered = transport.exchange(request).await;
                    attempt.ended(outcome(&answered));
                    answered
                }
                Err(retry_in) => Err(refused(retry_in)),
            };
            let (status, error) = seen(&answered);
            asked.ended(status, error);
            answered
        })
    }
}

/// How long a call may take; `None` for one whose answer is a stream, which
/// begins when there is something to say.
fn longest(headers: &HeaderMap) -> Option<Duration> {
    if media_type(headers) == Some(STREAM) {
        return None;
    }
    let millis = headers.get(TIMEOUT)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

/// What an answer, or its absence, says about who was asked.
fn outcome(answered: &Result<Response<AnswerBody>, Error>) -> Outcome {
    let of = |status: Option<StatusCode>| match status {
        Some(StatusCode::SERVICE_UNAVAILABLE) => Outcome::Unavailable,
        Some(_) => Outcome::Answered,
        // Something came, but no HTTP.
        None => Outcome::Broken,
    };
    match answered {
        Ok(response) => of(Some(response.status())),
        Err(Error::NotConnect(error)) => of(status(error.response_headers())),
        Err(Error::Send(error)) if error.is_connect() => Outcome::Unconnected,
        Err(Error::Send(_) | Error::Body(_) | Error::NotCalled(_)) => Outcome::Broken,
    }
}

/// The status of an answer, or why there is none.
fn seen(
    answered: &Result<Response<AnswerBody>, Error>,
) -> (Option<StatusCode>, Option<&'static str>) {
    match answered {
        Ok(response) => (Some(response.status()), None),
        Err(Error::NotConnect(error)) => (status(error.response_headers()), Some("malformed")),
        Err(Error::Send(error)) if error.is_connect() => (None, Some("unreachable")),
        Err(Error::Send(_) | Error::Body(_)) => (None, Some("broken")),
        Err(Error::NotCalled(_)) => (None, Some("not_called")),
    }
}

/// A call that is not made; the headers say for how long none is.
fn refused(retry_in: Duration) -> Error {
    let millis = u64::try_from(retry_in.as_millis()).unwrap_or(u64::MAX);
    let headers = HeaderMap::from_iter([(NOT_CALLED, HeaderValue::from(millis))]);
    Error::NotCalled(ConnectError::unavailable("not called").with_headers(headers))
}

/// Reads an answer as the pieces in which it comes. The client would put them
/// into one buffer that grows, and an answer too large for it would leave such
/// a buffer behind in every thread's memory.
async fn read(response: Response<Incoming>, limit: usize) -> Result<Response<AnswerBody>, Error> {
    if media_type(response.headers()) == Some(STREAM) {
        return Ok(response.map(Either::Right));
    }
    let (parts, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(Response::from_parts(parts, Either::Left(body))),
        Err(error) if error.is::<LengthLimitError>() => Err(nonsense(
            "the answer is larger than limits.max_upstream_response_bytes",
            &parts.headers,
        )),
        Err(_) => Err(nonsense("the answer broke off", &parts.headers)),
    }
}

/// An answer that is none; the headers hold its status.
fn nonsense(what: &str, headers: &HeaderMap) -> Error {
    Error::NotConnect(ConnectError::internal(what).with_headers(headers.clone()))
}

/// Tells a peer that does not speak HTTP from one that cannot be reached.
fn unanswered(error: legacy::Error) -> Error {
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        if source
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_parse)
        {
            return Error::NotConnect(ConnectError::internal("the answer is not HTTP"));
        }
        cause = source.source();
    }
    Error::Send(error)
}

/// Whether a successful answer claims to be a message. The client would read
/// anything, and some of anything decodes.
fn is_connect(headers: &HeaderMap) -> bool {
    matches!(media_type(headers), Some(UNARY | STREAM))
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(str::trim)
}

/// The status that the answer had, `None` where none came.
pub(super) fn status(headers: &HeaderMap) -> Option<StatusCode> {
    StatusCode::from_bytes(headers.get(STATUS)?.as_bytes()).ok()
}

/// After what time a call is tried, where none was made.
pub(super) fn not_called(headers: &HeaderMap) -> Option<Duration> {
    let millis = headers.get(NOT_CALLED)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(millis))
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
    /// Nothing was sent, since such calls failed again and again.
    #[error("the request was not sent")]
    NotCalled(#[source] ConnectError),
    /// No connection, or one that broke.
    #[error("the request could not be sent")]
    Send(#[source] legacy::Error),
}
