//! `flyte-webhook connector`

use std::{io, net::SocketAddr, process::ExitCode};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    CannotListen,
    config::{SourceArgs, refuse},
    exit_code, exporting, listen_at, listen_for_administrators, open_audit, traced,
};
use crate::{
    app::{ConnectorApp, Lasting, Listeners},
    config::{Config, load},
    shutdown, telemetry,
};

/// What a connector alone has no use for: it serves no API, asks no control plane, and
/// takes no deliveries.
const UNUSED: [&str; 23] = [
    "title",
    "description",
    "endpoint_groups",
    "endpoints",
    "task_allowlist",
    "app_allowlist",
    "trigger_allowlist",
    "public_url",
    "control_plane",
    "auth",
    "server.port",
    "server.tls",
    "server.cors",
    "admin.on_main_port",
    "launch",
    "inbox",
    "wait",
    "compat",
    "call_app",
    "build",
    "prefetch",
    "hooks",
    "run_environment",
];

/// What stands in for those that have no default.
const STAND_INS: [(&str, &str); 4] = [
    ("control_plane.endpoint", "http://127.0.0.1:9"),
    ("control_plane.project", "connector"),
    ("control_plane.domain", "connector"),
    // No port of another is it.
    ("server.port", "0"),
];

pub(super) fn run(source: &SourceArgs) -> ExitCode {
    let mut sources = source.sources();
    let stand_ins = STAND_INS.map(|(key, value)| (key, value.to_owned()));
    sources.defaults.extend(stand_ins);
    sources.unused = &UNUSED;
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
pub(super) fn enabled(config: &Config, lasting: &Lasting) -> anyhow::Result<Option<Enabled>> {
    if !config.connector.enabled {
        return Ok(None);
    }
    let app = ConnectorApp::new(config, lasting)?;
    let listener = listen(config)?;
    Ok(Some(Enabled { app, listener }))
}

/// Serves it until the process is to stop; returns at once where there is none.
pub(super) async fn serve_enabled(connector: Option<Enabled>) -> io::Result<()> {
    match connector {
        Some(Enabled { app, listener }) => app.serve(listener).await,
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
    let auditor = open_audit(config)?;
    let (lasting, exporter) = traced(config, Lasting::new(shutdown))?;
    let app = ConnectorApp::new(config, &lasting.audited(auditor.clone()))?;
    let listeners = Listeners {
        main: listen(config)?,
        admin: listen_for_administrators(config)?,
    };
    let served = tokio::select! {
        served = exporting(exporter, app.serve(listeners)) => served,
        () = stop => Ok(()),
    };
    auditor.close().await;
    Ok(served?)
}
