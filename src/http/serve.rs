//! Accepts connections and serves them until told to stop.
//!
//! An accept loop of its own instead of axum's, which waits for slow clients for
//! ever: here everything that a client can keep waiting has a timer, everything it
//! can send has a bound, and what is no clean HTTP/1 does not come through.

mod accept;
mod activity;
mod alarm;
mod answer;
mod connection;
mod drain;
mod edge;
mod first;
mod frames;
mod front;
mod h2c;
mod http1;
mod rewound;
mod site;
mod tend;
mod tls;
mod unstalled;

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use self::accept::Acceptor;
pub use self::{
    connection::{Served, run as serve_connection},
    drain::{Drain, Draining},
    edge::Edge,
    front::{HeadLimits, Refusal},
    site::Site,
};
use crate::metrics::Metrics;

/// Serves what is at the site until the stop is due, then waits for open requests
/// as long as its grace allows.
pub async fn serve(
    listener: TcpListener,
    site: watch::Receiver<Arc<Site>>,
    drain: Drain,
    metrics: Metrics,
) {
    let mut connections = Connections::new(site, drain.clone(), metrics);
    let mut acceptor = Acceptor::new(listener);
    let due = drain.is_due();
    tokio::pin!(due);
    loop {
        tokio::select! {
            (stream, peer) = acceptor.next() => connections.serve(stream, peer),
            () = connections.one_ended() => {}
            () = &mut due => break,
        }
    }
    drain.closing().cancel();
    for (stream, peer) in acceptor.close() {
        connections.serve(stream, peer);
    }
    if timeout(drain.grace, connections.all_ended()).await.is_err() {
        tracing::warn!("Stopped with requests unanswered after the grace period");
    }
}

/// The open connections; they end where this is dropped.
struct Connections {
    served: Arc<Served>,
    open: JoinSet<()>,
    is_full: bool,
    metrics: Metrics,
}

impl Connections {
    fn new(site: watch::Receiver<Arc<Site>>, drain: Drain, metrics: Metrics) -> Self {
        Self {
            served: Arc::new(Served { site, drain }),
            open: JoinSet::new(),
            is_full: false,
            metrics,
        }
    }

    /// Serves a connection, or closes it at once where there are too many. To
    /// leave it in the queue would keep its client waiting for those that are idle,
    /// and hide from a proxy that it should ask another replica.
    fn serve(&mut self, stream: TcpStream, peer: SocketAddr) {
        let most = self.served.site().edge.max_connections;
        if self.open.len() >= most {
            if !self.is_full {
                tracing::warn!(connections = most, "No more connections are taken for now");
            }
            self.is_full = true;
            self.metrics.connection_refused();
            return;
        }
        self.is_full = false;
        // Answers are written whole: nothing is gained by waiting for more. That
        // it cannot be set says that the client has gone.
        let _ = stream.set_nodelay(true);
        let served = Arc::clone(&self.served);
        let counted = self.metrics.connection_opens();
        self.open.spawn(async move {
            connection::run(stream, peer, served).await;
            drop(counted);
        });
    }

    /// Returns when a connection has ended.
    async fn one_ended(&mut self) {
        // A panic in one is in the log by way of the panic hook.
        if self.open.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    async fn all_ended(&mut self) {
        while self.open.join_next().await.is_some() {}
    }
}
