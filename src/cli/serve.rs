//! `flyte-webhook serve`

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::{app::App, config::Config, shutdown, telemetry};

#[tokio::main]
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
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
