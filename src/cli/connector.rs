//! `flyte-webhook connector`

use std::{io, net::SocketAddr, process::ExitCode};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    CannotListen,
    config::{SourceArgs, refuse},
    exit_code, listen_at,
};
use crate::{
    app::ConnectorApp,
    config::{Config, load},
    metrics::Metrics,
    shutdown, telemetry,
};

/// What a connector alone has no use for: it asks no control plane.
const UNUSED: [(&str, &str); 3] = [
    ("control_plane.endpoint", "http://127.0.0.1:8090"),
    ("control_plane.project", "connector"),
    ("control_plane.domain", "connector"),
];

pub(super) fn run(source: &SourceArgs) -> ExitCode {
    let mut sources = source.sources();
    let unused = UNUSED.map(|(key, value)| (key, value.to_owned()));
    sources.defaults.extend(unused);
    match load(&sources) {
        Ok(loaded) => exit_code(serve(&loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

/// A connector beside the API, on its port.
pub(super) struct Enabled {
    app: ConnectorApp,
    listener: TcpListener,
}

#[cfg(feature = "dev")]
impl Enabled {
    /// Where it listens.
    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The connector, if the configuration has one beside the API.
pub(super) fn enabled(config: &Config, metrics: &Metrics) -> anyhow::Result<Option<Enabled>> {
    if !config.connector.enabled {
        return Ok(None);
    }
    let app = ConnectorApp::new(config, metrics)?;
    let listener = listen(config)?;
    Ok(Some(Enabled { app, listener }))
}

/// Serves it until `shutdown`; returns at once where there is none.
pub(super) async fn serve_enabled(
    connector: Option<Enabled>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    match connector {
        Some(Enabled { app, listener }) => app.serve(listener, shutdown).await,
        None => Ok(()),
    }
}

fn listen(config: &Config) -> Result<TcpListener, CannotListen> {
    let address = SocketAddr::new(config.connector.host, config.connector.port);
    listen_at(address, "connector")
}

#[tokio::main]
async fn serve(config: &Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = CancellationToken::new();
    let stop = shutdown::on_signal(shutdown.clone())?;
    let app = ConnectorApp::new(config, &Metrics::new(Timestamp::now()))?;
    let listener = listen(config)?;
    tokio::select! {
        served = app.serve(listener, shutdown) => Ok(served?),
        () = stop => Ok(()),
    }
}
