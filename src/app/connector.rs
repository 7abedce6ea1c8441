//! The connector, served on a port of its own.

use std::{io, sync::Arc};

use jiff::Timestamp;
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, Server},
    connector::{Connector, Worker},
    egress::{self, connection::SetupError},
    http::{
        serve::{self, Drain, Edge, Site},
        stack::HttpService,
    },
    metrics::Metrics,
};

/// The connector with all that it is served with.
pub struct ConnectorApp {
    connector: Connector,
    worker: Worker,
    edge: Edge,
    server: Server,
    metrics: Metrics,
}

impl ConnectorApp {
    /// Wires the connector; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(config: &Config, metrics: &Metrics) -> Result<Self, SetupError> {
        Self::resolving_by(config, metrics, Arc::new(egress::SystemLookup))
    }

    /// The same with another way to find the addresses of hosts.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn resolving_by(
        config: &Config,
        metrics: &Metrics,
        lookup: Arc<dyn egress::Lookup>,
    ) -> Result<Self, SetupError> {
        let guard = egress::Guard::new(config.egress.allow.clone(), lookup)
            .counting(metrics.egress_refusals());
        let (connector, worker) = Connector::new(config, &guard, metrics, Timestamp::now)?;
        // gRPC is HTTP/2, whatever the other port speaks.
        let edge = Edge {
            h2c: true,
            max_connections: config.connector.max_connections,
            ..Edge::of(&config.server, &config.limits)
        };
        Ok(Self {
            connector,
            worker,
            edge,
            server: config.server.clone(),
            metrics: metrics.clone(),
        })
    }

    /// Serves until `shutdown`, then until the last request has ended or the grace
    /// period is over.
    ///
    /// # Errors
    ///
    /// Where the listener has no address.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let address = listener.local_addr()?;
        tracing::info!(connector.address = %address, "Serving workflow engines");
        let (drain_delay, grace) = (self.server.drain_delay, self.server.shutdown_grace);
        let drain = Drain::new(shutdown, drain_delay, grace);
        let (service, health) = self.connector.service();
        let mut tasks = JoinSet::new();
        let draining = drain.draining().clone();
        tasks.spawn(async move {
            draining.started().await;
            health.stop();
        });
        tasks.spawn(self.worker.run(drain.closing().clone()));
        tasks.spawn(self.metrics.clone().run(drain.closing().clone()));
        let site = Site::new(HttpService::new(service), self.edge).fixed();
        let closing = drain.closing().clone();
        // Beside the connections: both have the same grace.
        let ended = async {
            closing.cancelled().await;
            let ended = async { while tasks.join_next().await.is_some() {} };
            if timeout(grace, ended).await.is_err() {
                tracing::warn!("Stopped with requests of tasks in the background");
            }
        };
        tokio::join!(serve::serve(listener, site, drain, self.metrics), ended);
        Ok(())
    }
}
