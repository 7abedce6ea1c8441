//! What a fault does to a call.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use connectrpc::{
    ConnectError, ErrorCode,
    interceptor::{
        Next, NextStream, PayloadStream, StreamRequest, StreamResponse, UnaryRequest, UnaryResponse,
    },
};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

mod body;

use super::OBJECT_PATH;

/// What happens to a call instead of what should.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// A Connect error, in the form of the protocol that was spoken.
    Error {
        /// Which one.
        code: Code,
        /// Its message.
        #[serde(default)]
        message: String,
        /// A `Retry-After` header, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// An error whose message holds the caller's own credential.
    EchoToken {
        /// Which one.
        code: Code,
    },
    /// Status 200 with bytes that are no message.
    Garbage,
    /// Status 200 with an HTML page, as of a login page in between.
    Html,
    /// The right answer under a wrong content type.
    WrongContentType,
    /// The right answer, one byte at a time.
    SlowDrip {
        /// How long to wait before each byte.
        #[serde(default = "default_interval")]
        interval_ms: u64,
    },
    /// An answer that does not end soon.
    Oversized {
        /// How long it is.
        #[serde(default = "default_oversize")]
        bytes: u64,
    },
    /// Half of the right answer, then the connection is closed.
    CutBody,
    /// The connection is closed without an answer; the call does nothing.
    Reset,
    /// No answer ever; the call does nothing.
    BlackHole,
    /// A small compressed answer that is large when inflated.
    GzipBomb {
        /// How large, at most a gigabyte.
        #[serde(default = "default_bomb")]
        bytes: u64,
    },
    /// The call does what it should, and the connection is closed without an
    /// answer.
    AnswerLost,
    /// `CreateRun` stores the run and answers, but never enqueues it.
    NeverEnqueued,
    /// Apps are found as the open-source control plane finds them: by name,
    /// project and domain joined with dashes, in lower case.
    JoinedAppNames,
    /// `SelectCluster` says that data are at this address.
    ClusterEndpoint {
        /// The address, which need not be one.
        url: String,
    },
    /// The apps of the answer are said to be at this address.
    AppEndpoint {
        /// The address, which need not be one.
        url: String,
    },
    /// Uploads are said to go to this address.
    UploadAddress {
        /// The address, which need not be one.
        url: String,
    },
    /// `AuthMetadataService` says that this is the authorization server.
    AuthorizationServer(AuthorizationServer),
}

/// An authorization server as `AuthMetadataService` tells of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationServer {
    /// Where tokens are, which need not be an address.
    pub token_endpoint: String,
    /// What clients are to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// For whom.
    #[serde(default)]
    pub audience: String,
    /// The header in which tokens are expected.
    #[serde(default)]
    pub header: String,
}

/// A Connect code by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub ErrorCode);

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = |()| {
            let message = format!("`{name}` is no Connect code; write one such as `unavailable`");
            serde::de::Error::custom(message)
        };
        name.parse().map(Self).map_err(unknown)
    }
}

fn default_interval() -> u64 {
    1_000
}

fn default_oversize() -> u64 {
    100 << 20
}

fn default_bomb() -> u64 {
    64 << 20
}

/// Closes the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut because a fault says so")]
pub(in crate::embedded) struct Cut;

/// Tells `CreateRun` to leave the run where it is.
#[derive(Clone, Copy)]
pub(in crate::embedded) struct NeverEnqueued;

/// Tells `AppService` to find apps by their joined names.
#[derive(Clone, Copy)]
pub(in crate::embedded) struct JoinedAppNames;

/// Tells `AppService` where to say that apps are.
#[derive(Clone)]
pub(in crate::embedded) struct AppEndpoint(pub(in crate::embedded) String);

/// Tells `DataProxyService` where to say that uploads go.
#[derive(Clone)]
pub(in crate::embedded) struct UploadAddress(pub(in crate::embedded) String);

/// Tells `ClusterService` where to say that data are.
#[derive(Clone)]
pub(in crate::embedded) struct ClusterEndpoint(pub(in crate::embedded) String);

/// The error that the interceptor answers with.
#[derive(Clone)]
struct Refusal(ConnectError);

/// Answers a call as the effect says; `answer` is what it should get.
pub(in crate::embedded) async fn apply<A, F>(
    effect: Effect,
    mut request: Request<Body>,
    shutdown: &CancellationToken,
    answer: A,
) -> Result<Response<Body>, Cut>
where
    A: FnOnce(Request<Body>) -> F,
    F: Future<Output = Response<Body>>,
{
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    let response = match effect {
        Effect::Error {
            code,
            message,
            retry_after,
        } => {
            let refusal = refuse(code, message, retry_after);
            decline(request, refusal, answer).await
        }
        Effect::EchoToken { code } => {
            let message = format!("invalid token: {}", credential(request.headers()));
            decline(request, refuse(code, message, None), answer).await
        }
        Effect::NeverEnqueued => {
            request.extensions_mut().insert(NeverEnqueued);
            answer(request).await
        }
        Effect::JoinedAppNames => {
            request.extensions_mut().insert(JoinedAppNames);
            answer(request).await
        }
        Effect::ClusterEndpoint { url } => {
            request.extensions_mut().insert(ClusterEndpoint(url));
            answer(request).await
        }
        Effect::AppEndpoint { url } => {
            request.extensions_mut().insert(AppEndpoint(url));
            answer(request).await
        }
        Effect::UploadAddress { url } => {
            request.extensions_mut().insert(UploadAddress(url));
            answer(request).await
        }
        Effect::AuthorizationServer(server) => {
            request.extensions_mut().insert(server);
            answer(request).await
        }
        Effect::Garbage => typed(kind, Body::from(&b"\xff\xfe\x00garbage\x80"[..])),
        Effect::Html => body::html(),
        Effect::WrongContentType => untyped(answer(request).await),
        Effect::SlowDrip { interval_ms } => {
            body::drip(answer(request).await, Duration::from_millis(interval_ms)).await
        }
        Effect::Oversized { bytes } => typed(kind, body::zeros(bytes)),
        Effect::CutBody => body::cut(answer(request).await).await,
        Effect::GzipBomb { bytes } => body::bomb(kind, bytes).await,
        Effect::AnswerLost => {
            answer(request).await;
            return Err(Cut);
        }
        Effect::Reset => return Err(Cut),
        Effect::BlackHole => {
            shutdown.cancelled().await;
            return Err(Cut);
        }
    };
    Ok(response)
}

/// Links to objects are plain HTTP, which the interceptor does not see.
async fn decline<A, F>(
    mut request: Request<Body>,
    refusal: ConnectError,
    answer: A,
) -> Response<Body>
where
    A: FnOnce(Request<Body>) -> F,
    F: Future<Output = Response<Body>>,
{
    if !request.uri().path().starts_with(OBJECT_PATH) {
        request.extensions_mut().insert(Refusal(refusal));
        return answer(request).await;
    }
    let message = refusal.message.clone().unwrap_or_default();
    let mut response = typed(None, Body::from(format!("{message}\n")));
    *response.status_mut() = refusal.http_status();
    response
        .headers_mut()
        .extend(refusal.response_headers().clone());
    response
}

/// The same under a type that is not its own.
fn untyped(mut response: Response<Body>) -> Response<Body> {
    let plain = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

fn typed(kind: Option<HeaderValue>, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .extend(kind.map(|value| (header::CONTENT_TYPE, value)));
    response
}

fn credential(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::AUTHORIZATION)
        .or_else(|| headers.get(header::COOKIE));
    value
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn refuse(code: Code, message: String, retry_after: Option<u32>) -> ConnectError {
    let error = ConnectError::new(code.0, message);
    let headers = retry_after.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds)));
    error.with_headers(HeaderMap::from_iter(headers))
}

/// Answers the calls that are to fail before their handler sees them.
pub(in crate::embedded) struct Interceptor;

#[connectrpc::async_trait]
impl connectrpc::Interceptor for Interceptor {
    async fn intercept_unary(
        &self,
        request: UnaryRequest,
        next: Next<'_>,
    ) -> Result<UnaryResponse, ConnectError> {
        match request.ctx.extensions().get::<Refusal>() {
            Some(Refusal(error)) => Err(error.clone()),
            None => next.run(request).await,
        }
    }

    async fn intercept_streaming(
        &self,
        request: StreamRequest,
        inbound: PayloadStream,
        next: NextStream<'_>,
    ) -> Result<StreamResponse, ConnectError> {
        match request.ctx.extensions().get::<Refusal>() {
            Some(Refusal(error)) => Err(error.clone()),
            None => next.run(request, inbound).await,
        }
    }
}

/// The bytes of zeros that are sent at once.
const CHUNK: Bytes = Bytes::from_static(&[0; 64 << 10]);
