//! `flyte-webhook openapi`

use std::process::ExitCode;

use super::{config, exit_code, print};
use crate::{app::App, config::Config};

/// Print the OpenAPI document of a configuration.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: config::Source,
}

pub(super) fn run(args: Args) -> ExitCode {
    match args.config.load() {
        Ok(config) => exit_code(openapi(config)),
        Err(refused) => refused,
    }
}

fn openapi(config: Config) -> anyhow::Result<()> {
    print(&App::new(config)?.openapi().to_pretty_json()?);
    print("\n");
    Ok(())
}
