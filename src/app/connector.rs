//! The connector, served on a port of its own.

use std::{io, sync::Arc};

use jiff::Timestamp;
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

use super::{Lasting, Listeners};
use crate::{
    auth::Administrators,
    config::{Config, Server},
    connector::{Connector, Health, Worker},
    egress::{self, connection::SetupError},
    http::{
        admin,
        grpc::{self, Around},
        layer::audit::Audit,
        limits::Proxies,
        serve::{self, Drain, Edge, Site},
        stack::{self, Outer},
    },
    metrics::Metrics,
};

/// The connector with all that it is served with.
pub struct ConnectorApp {
    health: Health,
    worker: Worker,
    ports: ConnectorPorts,
    server: Server,
    lasting: Lasting,
}

/// What is served at the ports of a connector: handles, cheap to clone.
#[derive(Clone)]
pub struct ConnectorPorts {
    main: watch::Sender<Arc<Site>>,
    admin: watch::Sender<Arc<Site>>,
}

impl ConnectorApp {
    /// Wires the connector; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(config: &Config, lasting: &Lasting) -> Result<Self, SetupError> {
        Self::resolving_by(config, lasting, Arc::new(egress::SystemLookup))
    }

    /// The same with another way to find the addresses of hosts.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn resolving_by(
        config: &Config,
        lasting: &Lasting,
        lookup: Arc<dyn egress::Lookup>,
    ) -> Result<Self, SetupError> {
        let (options, metrics) = (&config.connector, &lasting.metrics);
        let guard = egress::Guard::new(config.egress.allow.clone(), lookup)
            .counting(metrics.egress_refusals());
        let (connector, worker) = Connector::new(config, &guard, metrics, Timestamp::now)?;
        // gRPC is HTTP/2, whatever the other port speaks.
        let edge = Edge {
            h2c: true,
            max_connections: options.max_connections,
            ..Edge::of(&config.server, &config.limits)
        };
        let around = Around {
            metrics: metrics.clone(),
            tracer: lasting.tracer.clone(),
            audit: Audit {
                auditor: lasting.auditor.clone(),
                now: Timestamp::now,
            },
            proxies: Arc::new(Proxies::new(&config.server)),
            is_tls: options.certificate.is_some(),
            max_requests: options.max_requests,
            max_message_bytes: options.max_message_bytes,
        };
        let services = connector.services();
        let admin = administration(config, lasting, &edge, &around);
        let main = Site::new(grpc::stack(&services, around), edge);
        let main = main.showing(options.certificate.as_ref());
        Ok(Self {
            health: services.health,
            worker,
            ports: ConnectorPorts {
                main: watch::Sender::new(Arc::new(main)),
                admin: watch::Sender::new(Arc::new(admin)),
            },
            server: config.server.clone(),
            lasting: lasting.clone(),
        })
    }

    /// What is served at its ports.
    pub fn ports(&self) -> ConnectorPorts {
        self.ports.clone()
    }

    /// Serves until the process is to stop, then until the last request has ended or
    /// the grace period is over. On the administrators' port, if there is one, is what
    /// a server without an API has.
    ///
    /// # Errors
    ///
    /// Where the listener has no address.
    pub async fn serve(self, listeners: impl Into<Listeners>) -> io::Result<()> {
        let Listeners { main, admin } = listeners.into();
        let address = main.local_addr()?;
        tracing::info!(connector.address = %address, "Serving workflow engines");
        let (drain_delay, grace) = (self.server.drain_delay, self.server.shutdown_grace);
        let drain = Drain::new(self.lasting.shutdown.clone(), drain_delay, grace);
        let metrics = self.lasting.metrics;
        let health = self.health;
        let mut tasks = JoinSet::new();
        let draining = drain.draining().clone();
        tasks.spawn(async move {
            draining.started().await;
            health.stop();
        });
        tasks.spawn(self.worker.run(drain.closing().clone()));
        tasks.spawn(metrics.clone().run(drain.closing().clone()));
        let closing = drain.closing().clone();
        // Beside the connections: both have the same grace.
        let ended = async {
            closing.cancelled().await;
            let ended = async { while tasks.join_next().await.is_some() {} };
            if timeout(grace, ended).await.is_err() {
                tracing::warn!("Stopped with requests of tasks in the background");
            }
        };
        let ConnectorPorts {
            main: main_site,
            admin: admin_site,
        } = self.ports;
        let serving = serve::serve(main, main_site.subscribe(), drain.clone(), metrics.clone());
        let administration = administer(admin, admin_site.subscribe(), drain, metrics);
        tokio::join!(serving, administration, ended);
        Ok(())
    }
}

impl ConnectorPorts {
    /// Has new connections see the certificates of this configuration.
    pub fn show(&self, config: &Config) {
        let shown = [
            (&self.main, &config.connector.certificate),
            (&self.admin, &config.admin.certificate),
        ];
        for (port, certificate) in shown {
            port.send_if_modified(|site| {
                // Whether TLS is spoken stays: those who come expect it.
                let is_shown = certificate.is_some() && site.speaks_tls();
                if is_shown {
                    *site = Arc::new(site.as_ref().clone().showing(certificate.as_ref()));
                }
                is_shown
            });
        }
    }
}

/// What is at the administrators' port.
fn administration(config: &Config, lasting: &Lasting, edge: &Edge, around: &Around) -> Site {
    let router = admin::without_api(
        lasting.metrics.clone(),
        Administrators::new(&config.admin),
        lasting.readiness.clone(),
    );
    let outer = Outer {
        tracer: lasting.tracer.clone(),
        metrics: lasting.metrics.clone(),
        proxies: Arc::clone(&around.proxies),
        is_tls: config.admin.certificate.is_some(),
    };
    let service = stack::admin_stack(router, outer, config.limits.request_timeout);
    Site::new(service, edge.for_administrators()).showing(config.admin.certificate.as_ref())
}

async fn administer(
    listener: Option<TcpListener>,
    site: watch::Receiver<Arc<Site>>,
    drain: Drain,
    metrics: Metrics,
) {
    if let Some(listener) = listener {
        serve::serve(listener, site, drain, metrics).await;
    }
}
