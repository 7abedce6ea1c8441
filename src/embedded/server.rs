//! The port: HTTP/1.1 and h2c, the services, links to objects, health and the
//! control of faults.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    response::IntoResponse,
    routing::{get, put},
};
use connectrpc::{ConnectRpcService, Limits};
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use super::{
    faults::{self, Cut, Faults},
    identity,
    journal::{self, Journal},
    services::State,
};
use tls::Stream;

mod dev;
mod host;
pub(super) mod links;
mod tls;

/// The largest message, before and after decompression.
const MAX_MESSAGE: usize = 64 << 20;
/// How long open connections may finish after a stop.
const GRACE: Duration = Duration::from_secs(3);
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// What answers requests; cheap to clone.
#[derive(Clone)]
pub(super) struct App {
    router: Router,
    faults: Faults,
    journal: Journal,
    shutdown: CancellationToken,
}

impl App {
    /// Puts the services and the plain routes behind one router.
    pub(super) fn new(
        state: State,
        services: connectrpc::Router,
        faults: Faults,
        journal: Journal,
    ) -> Self {
        let limits = Limits::default()
            .with_max_request_body_size(MAX_MESSAGE)
            .with_max_message_size(MAX_MESSAGE);
        let services = ConnectRpcService::new(services)
            .with_limits(limits)
            .with_interceptor(faults::Interceptor);
        let shutdown = state.shutdown.clone();
        let router = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(|| async { "ok" }))
            .route("/data/{*key}", put(links::upload).get(links::download))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(state)
            .merge(dev::routes(faults.clone(), journal.clone()))
            .fallback_service(services);
        Self {
            router,
            faults,
            journal,
            shutdown,
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let request = request.map(Body::new);
        if let Err(refusal) = host::check(&request) {
            return Ok(refusal.into_response());
        }
        let Some(method) = named(&request) else {
            return Ok(route(self.router, request).await);
        };
        let caller = identity::subject(request.headers());
        let fault = self.faults.pick(&method, &caller);
        let effect = fault.as_ref().and_then(|fault| fault.effect.as_ref());
        let entry = journal::Entry {
            sequence: 0,
            http_method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            http_version: format!("{:?}", request.version()),
            fault: effect.map(|effect| format!("{effect:?}")),
            headers: journal::headers(request.headers()),
            method,
            caller,
        };
        self.journal.record(entry).await;
        let Some(fault) = fault else {
            return Ok(route(self.router, request).await);
        };
        sleep(fault.delay).await;
        match fault.effect {
            None => Ok(route(self.router, request).await),
            Some(effect) => {
                let answer = |request| route(self.router, request);
                Box::pin(faults::apply(effect, request, &self.shutdown, answer)).await
            }
        }
    }
}

async fn route(router: Router, request: Request<Body>) -> Response<Body> {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(error) => match error {},
    }
}

/// The name of a call, none for what is not one.
fn named(request: &Request<Body>) -> Option<String> {
    let path = request.uri().path();
    match (path, request.method()) {
        ("/healthz" | "/readyz", _) => None,
        (path, _) if path.starts_with("/_dev/") => None,
        (path, method) if path.starts_with(faults::OBJECT_PATH) => {
            let [put, get] = faults::OBJECT_METHODS;
            Some(
                if method == http::Method::PUT {
                    put
                } else {
                    get
                }
                .to_owned(),
            )
        }
        (path, _) => Some(faults::method_name(path).to_owned()),
    }
}

/// Accepts connections until it is told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: App,
    shutdown: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(
                    stream,
                    tls.clone(),
                    app.clone(),
                    shutdown.clone(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    app: App,
    shutdown: CancellationToken,
) {
    // Answers are small; without it each waits for the other side.
    let _ = stream.set_nodelay(true);
    match tls::of(stream, tls).await {
        Ok(Stream::Plain(stream)) => converse(stream, app, shutdown).await,
        Ok(Stream::Tls(stream)) => converse(stream, app, shutdown).await,
        Err(error) => tracing::debug!(%error, "a connection came to nothing"),
    }
}

async fn converse<S>(stream: S, app: App, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(256);
    let service = service_fn(move |request| app.clone().answer(request));
    let served = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        ended = served.as_mut() => return log(ended),
        () = shutdown.cancelled() => served.as_mut().graceful_shutdown(),
    }
    // A client that does not finish is cut off.
    let _ = timeout(GRACE, served).await;
}

fn log(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended with an error");
    }
}
