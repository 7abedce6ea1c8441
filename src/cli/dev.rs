//! `flyte-webhook dev`

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::{config, exit_code, print};
use crate::{app::App, config::Config, embedded, shutdown, telemetry};

/// Where the built-in tasks live.
const PROJECT: &str = "flytesnacks";
const DOMAIN: &str = "development";

/// Serve the API together with an embedded control plane, for trying.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The port of the API, on loopback.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the control plane, on loopback.
    #[arg(long, default_value_t = 8090)]
    control_plane_port: u16,
    /// Where tasks, runs and their data are kept.
    #[arg(long, default_value = ".flyte-webhook")]
    data_dir: PathBuf,
    /// How many actions run at once.
    #[arg(long, default_value_t = 4)]
    concurrency: usize,
    /// The configuration file.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> ExitCode {
    let source = config::Source::for_dev(
        args.config.clone(),
        &[
            ("server.host", "127.0.0.1".to_owned()),
            ("server.port", args.port.to_string()),
            (
                "control_plane.endpoint",
                format!("http://127.0.0.1:{}", args.control_plane_port),
            ),
            ("control_plane.project", PROJECT.to_owned()),
            ("control_plane.domain", DOMAIN.to_owned()),
        ],
    );
    match source.load() {
        Ok(config) => exit_code(dev(args, config)),
        Err(refused) => refused,
    }
}

#[tokio::main]
async fn dev(args: Args, config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.telemetry);
    let shutdown = shutdown::on_signal(&TaskTracker::new())?;
    let control_plane = embedded::start(
        embedded::Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.control_plane_port)),
            data_dir: args.data_dir,
            concurrency: args.concurrency,
            faults: Vec::new(),
        },
        shutdown.clone(),
    )
    .await?;
    let address = config.server.address();
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with --port"))?;
    let app = App::new(config)?;
    print(&welcome(listener.local_addr()?, control_plane.address()));
    app.serve(listener, shutdown).await?;
    control_plane.stopped().await;
    Ok(())
}

/// What to do next, ready to paste.
fn welcome(api: SocketAddr, control_plane: SocketAddr) -> String {
    format!(
        "flyte-webhook is at http://{api} (documentation: http://{api}/docs)\n\
         The embedded control plane is at http://{control_plane}\n\
         \n\
         Start a run, look how it went, and see what came out:\n\
         \n\
         RUN=$(curl -s http://{api}/run-task/{DOMAIN}/{PROJECT}/demo.hello -H 'Authorization: Bearer dev' -H 'Content-Type: application/json' -d '{{\"name\": \"Ada\"}}' | sed 's/.*\"name\":\"\\([^\"]*\\)\".*/\\1/'); echo \"$RUN\"\n\
         curl -s http://{api}/run/$RUN -H 'Authorization: Bearer dev'; echo\n\
         curl -s http://{api}/run/$RUN/io -H 'Authorization: Bearer dev'; echo\n\
         \n"
    )
}
