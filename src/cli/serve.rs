//! `flyte-webhook serve`

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::{
    config::{SourceArgs, refuse},
    exit_code,
};
use crate::{
    app::App,
    config::{self, Config},
    shutdown, telemetry,
};

/// Serve the API in front of a control plane.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &Args) -> ExitCode {
    match config::load(&args.source.sources()) {
        Ok(loaded) => exit_code(serve(loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = shutdown::on_signal(&TaskTracker::new())?;
    let address = SocketAddr::new(config.server.host, config.server.port);
    let app = App::new(config)?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (server.host, server.port)"))?;
    tracing::info!(server.address = %listener.local_addr()?, "Serving");
    app.serve(listener, shutdown).await?;
    Ok(())
}
