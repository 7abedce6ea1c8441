//! `flyte-webhook connector`

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    CannotListen,
    config::{given, refuse},
    exit_code, exporting, listen_at, listen_for_administrators, open_audit, traced,
};
use crate::{
    app::{Changes, ConnectorApp, ConnectorPorts, Lasting, Listeners, reload_connector},
    config::{Attempt, Config, Environment, ReadFile, Sources, attempt},
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

/// Serve workflow engines alone, for which it makes the requests of webhook tasks.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The configuration file; by default the one that `FLYTE_WEBHOOK_CONFIG` names
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on, instead of connector.host
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// The port to listen on, instead of connector.port
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let sources = args.sources();
    let Attempt { outcome, files } = attempt(&sources);
    match outcome {
        Ok(loaded) => exit_code(serve(sources, &loaded.config, files)),
        Err(problems) => refuse(&problems),
    }
}

impl Args {
    fn sources(&self) -> Sources {
        let flags = [
            ("connector.host", "host", &self.host),
            ("connector.port", "port", &self.port),
        ];
        Sources {
            file: self.config.clone(),
            flags: given(flags),
            defaults: STAND_INS.map(|(key, it)| (key, it.to_owned())).into(),
            unused: &UNUSED,
            environment: Environment::of_process(),
        }
    }
}

/// A connector beside the API, on its port.
pub(super) struct Enabled {
    app: ConnectorApp,
    listener: TcpListener,
}

impl Enabled {
    /// What is served there.
    pub(super) fn ports(&self) -> ConnectorPorts {
        self.app.ports()
    }

    /// Where it listens.
    #[cfg(feature = "dev")]
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
async fn serve(sources: Sources, config: &Config, files: Vec<ReadFile>) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = CancellationToken::new();
    let stop = shutdown::on_signal(shutdown.clone())?;
    let auditor = open_audit(config)?;
    let (lasting, exporter) = traced(config, Lasting::new(shutdown))?;
    let changes = Changes::new(sources, config, files, &lasting)?;
    let app = ConnectorApp::new(config, &lasting.audited(auditor.clone()))?;
    let reload = reload_connector(changes, config.clone(), app.ports());
    let listeners = Listeners {
        main: listen(config)?,
        admin: listen_for_administrators(config)?,
    };
    let served = async { tokio::join!(app.serve(listeners), reload).0 };
    let served = tokio::select! {
        served = exporting(exporter, served) => served,
        () = stop => Ok(()),
    };
    auditor.close().await;
    Ok(served?)
}
