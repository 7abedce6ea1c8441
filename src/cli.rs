//! The command line.

mod audit;
mod config;
mod connector;
#[cfg(feature = "dev")]
mod dev;
mod endpoints;
mod health;
mod hooks;
mod inbox;
mod keys;
mod openapi;
mod reference;
mod serve;

use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use self::config::{EX_CONFIG, SourceArgs, refuse};
use crate::{
    app::{Lasting, Listeners},
    audit::{self as audit_log, Auditor},
    config::{Config, load},
    control_plane::SetupError,
    own_stack::on_own_stack,
    trace::{self, Exporter, Tracer},
};

/// How many connections may stand at the door. The next ones would try again
/// after a second; the system may have a smaller bound of its own.
const BACKLOG: u32 = 4096;

/// A webhook server in front of the Flyte 2 control plane.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API in front of a control plane.
    Serve(SourceArgs),
    Connector(connector::Args),
    /// Serve the API together with an embedded control plane, for trying.
    #[cfg(feature = "dev")]
    Dev(dev::Args),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Make keys for `auth.local_keys` and `admin.tokens`.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Look at hooks, and try them out.
    #[command(subcommand)]
    Hooks(hooks::Command),
    /// Look at the inbox of accepted deliveries, and repair it.
    #[command(subcommand)]
    Inbox(inbox::Command),
    /// Check an audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Ask a server whether it is there: 0 if it is, 1 if it is not.
    Health(health::Args),
    /// List the endpoints and whether the configuration enables them.
    Endpoints(SourceArgs),
    /// Print the OpenAPI document of a configuration.
    Openapi(SourceArgs),
    /// Print a part of the documentation in Markdown.
    #[command(subcommand, hide = true)]
    Reference(reference::Command),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    match on_own_stack(Cli::parse).command {
        Command::Serve(source) => serve::run(&source),
        Command::Connector(args) => connector::run(&args),
        #[cfg(feature = "dev")]
        Command::Dev(args) => dev::run(args),
        Command::Config(command) => config::run(&command),
        Command::Inbox(command) => inbox::run(&command),
        Command::Keys(command) => keys::run(command),
        Command::Hooks(command) => hooks::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Health(args) => health::run(&args),
        Command::Endpoints(source) => with_config(&source, endpoints::run),
        Command::Openapi(source) => with_config(&source, openapi::run),
        Command::Reference(command) => reference::run(command),
    }
}

/// Runs a command that needs nothing but a configuration.
fn with_config(source: &SourceArgs, command: fn(&Config) -> anyhow::Result<()>) -> ExitCode {
    match load(&source.sources()) {
        Ok(loaded) => exit_code(command(&loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

/// Takes the ports, or says which keys are wrong.
fn listen(config: &Config) -> Result<Listeners, CannotListen> {
    let main = SocketAddr::new(config.server.host, config.server.port);
    Ok(Listeners {
        main: listen_at(main, "server")?,
        admin: listen_for_administrators(config)?,
    })
}

/// Takes the port of the administrators, if they have one, and says where it is.
fn listen_for_administrators(config: &Config) -> Result<Option<TcpListener>, CannotListen> {
    let admin = config.admin.listener();
    let listener = admin.map(|it| listen_at(it, "admin")).transpose()?;
    if let Some(address) = listener.as_ref().and_then(|it| it.local_addr().ok()) {
        tracing::info!(admin.address = %address, "Serving administrators");
    } else if config.admin.is_of_no_use() {
        tracing::warn!("Without admin.tokens there are no routes for administrators");
    }
    Ok(listener)
}

/// Takes a port that the keys of a section name.
fn listen_at(address: SocketAddr, section: &'static str) -> Result<TcpListener, CannotListen> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| CannotListen {
        section,
        address,
        source,
    })
}

/// Opens the audit log, where the configuration has one.
fn open_audit(config: &Config) -> Result<Auditor, audit_log::Error> {
    let limits = &config.limits;
    let requests = limits.max_requests_in_flight + limits.max_waiting_requests;
    let calls = config.connector.max_requests;
    Auditor::open(&config.audit, requests + calls, Timestamp::now)
}

/// A port that the configuration names and that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{section}.host, {section}.port: cannot listen on {address}; choose another")]
struct CannotListen {
    section: &'static str,
    address: SocketAddr,
    source: io::Error,
}

/// What lasts, and the task that sends spans where a collector is configured.
fn traced(
    config: &Config,
    lasting: Lasting,
) -> Result<(Lasting, Option<Exporter>), trace::SetupError> {
    let settings = &config.telemetry.traces;
    let (tracer, exporter) = Tracer::new(settings, &lasting.metrics, Timestamp::now)?;
    Ok((lasting.traced_by(tracer), exporter))
}

/// Sends spans as long as the server serves, and the last ones after that.
async fn exporting<T>(exporter: Option<Exporter>, serving: impl Future<Output = T>) -> T {
    let Some(exporter) = exporter else {
        return serving.await;
    };
    let over = CancellationToken::new();
    let mut exports = JoinSet::new();
    exports.spawn(exporter.run(over.clone()));
    let outcome = serving.await;
    over.cancel();
    exports.join_all().await;
    outcome
}

/// Writes what the command was asked for. A reader that went away is none of
/// its business.
fn print(text: &str) {
    write_out(text.as_bytes());
}

/// The same with bytes.
fn write_out(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Says on standard error why the command failed.
fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr().lock(), "flyte-webhook: {error:#}");
}

/// The outcome of a command as the process's exit code.
fn exit_code(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            if error.is::<CannotListen>()
                || error.is::<SetupError>()
                || error.is::<audit_log::Error>()
                || error.is::<trace::SetupError>()
            {
                ExitCode::from(EX_CONFIG)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}
