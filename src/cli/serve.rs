//! `flyte-webhook serve`

use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::{config, exit_code};
use crate::{app::App, config::Config, shutdown, telemetry};

/// Serve the API in front of a control plane.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: config::Source,
}

pub(super) fn run(args: Args) -> ExitCode {
    match args.config.load() {
        Ok(config) => exit_code(serve(config)),
        Err(refused) => refused,
    }
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = shutdown::on_signal(&TaskTracker::new())?;
    let address = config.server.address();
    let app = App::new(config)?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (server.host, server.port)"))?;
    tracing::info!(server.address = %listener.local_addr()?, "Serving");
    app.serve(listener, shutdown).await?;
    Ok(())
}
