//! The pool of connections that the generated clients' calls go out on: hyper's own, since
//! what reqwest does around it for each request costs as much as the call.

use std::{
    io,
    net::SocketAddr,
    task::{Context, Poll},
    time::Duration,
    vec,
};

use bytes::Bytes;
use futures::{FutureExt, TryFutureExt, future::BoxFuture};
use http::Uri;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::rustls::ClientConfig;
use tower::{BoxError, Service};

use super::clients::{KEEPALIVE, LONGEST_IDLE};
use crate::{
    config,
    egress::{self, Lookup, SystemLookup},
};

/// A client that follows no redirect, asks no proxy and keeps no cookie.
pub(super) type Pool = Client<Connector, Full<Bytes>>;

/// A pool for the configured control plane; with a guard for clusters, whose addresses
/// come as data.
pub(super) fn pool(
    limits: &config::Limits,
    tls: ClientConfig,
    guard: Option<&egress::Guard>,
) -> Pool {
    let mut tcp = HttpConnector::new_with_resolver(Resolver(guard.cloned()));
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_connect_timeout(Some(limits.connect_timeout));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let connector = Connector {
        https,
        patience: limits.connect_timeout,
    };
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(LONGEST_IDLE)
        .build(connector)
}

/// Connects, in a limited time from the look-up of the host to the end of TLS' handshake.
#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<HttpConnector<Resolver>>,
    patience: Duration,
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = timeout(self.patience, self.https.call(uri));
        connecting
            .map(|connected| connected.unwrap_or_else(|late| Err(late.into())))
            .boxed()
    }
}

/// Finds hosts' addresses, as the system or as the guard does.
#[derive(Clone)]
struct Resolver(Option<egress::Guard>);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.0.clone();
        let found = async move {
            match guard {
                Some(guard) => guard.resolve(name.as_str()).await,
                None => SystemLookup.lookup(name.as_str().to_owned()).await,
            }
        };
        // The connector knows the port.
        let address = |ip| SocketAddr::new(ip, 0);
        found
            .map_ok(move |found| {
                found
                    .into_iter()
                    .map(address)
                    .collect::<Vec<_>>()
                    .into_iter()
            })
            .boxed()
    }
}
