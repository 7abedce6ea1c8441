//! `flyte-webhook serve`

use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use super::{
    config::{SourceArgs, refuse},
    connector::{self, Enabled},
    exit_code, exporting, listen, open_audit, traced,
};
use crate::{
    app::{App, Changes, Lasting, Reloader, Replacer},
    config::{Attempt, Config, ReadFile, Sources, attempt},
    shutdown, telemetry,
};

pub(super) fn run(source: &SourceArgs) -> ExitCode {
    let sources = source.sources();
    let Attempt { outcome, files } = attempt(&sources);
    match outcome {
        Ok(loaded) => exit_code(serve(sources, &loaded.config, files)),
        Err(problems) => refuse(&problems),
    }
}

#[tokio::main]
async fn serve(sources: Sources, config: &Config, files: Vec<ReadFile>) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = CancellationToken::new();
    let stop = shutdown::on_signal(shutdown.clone())?;
    let auditor = open_audit(config)?;
    let (lasting, background) = Lasting::open(config, shutdown.clone()).await?;
    let (lasting, exporter) = traced(config, lasting)?;
    let lasting = lasting.audited(auditor.clone());
    let app = App::new(config, &lasting)?;
    let changes = Changes::new(sources, config, files, &lasting)?;
    let listeners = listen(config)?;
    let connector = connector::enabled(config, &lasting)?;
    let (replacer, replacements) = Replacer::new();
    let ports = connector.as_ref().map(Enabled::ports);
    let reloader = Reloader::new(changes, config, &app, replacer, ports);
    tracing::info!(server.address = %listeners.main.local_addr()?, "Serving");
    let ended = CancellationToken::new();
    // In boxes: they are large, and would be moved a few times on the stack of the
    // process, which keeps what it once took.
    let served = Box::pin(async {
        let served = app.serve_until_replaced(listeners, replacements);
        let connector = connector::serve_enabled(connector);
        let (served, connected, ()) = tokio::join!(served, connector, reloader.run());
        ended.cancel();
        served.and(connected)
    });
    let all = Box::pin(async { tokio::join!(served, background.run(ended.clone())) });
    let served = tokio::select! {
        (served, ()) = exporting(exporter, all) => served,
        () = stop => Ok(()),
    };
    auditor.close().await;
    Ok(served?)
}
