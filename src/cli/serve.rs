//! `flyte-webhook serve`

use tokio_util::sync::CancellationToken;

use super::listen;
use crate::{app::App, config::Config, shutdown, telemetry};

#[tokio::main]
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = CancellationToken::new();
    let stop = shutdown::on_signal(shutdown.clone())?;
    let app = App::new(config)?;
    let listener = listen(config)?;
    tracing::info!(server.address = %listener.local_addr()?, "Serving");
    tokio::select! {
        served = app.serve(listener, shutdown) => Ok(served?),
        () = stop => Ok(()),
    }
}
