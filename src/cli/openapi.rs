//! `flyte-webhook openapi`

use std::process::ExitCode;

use super::{
    config::{SourceArgs, refuse},
    exit_code, print,
};
use crate::{
    app::App,
    config::{self, Config},
};

/// Print the OpenAPI document of a configuration.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &Args) -> ExitCode {
    match config::load(&args.source.sources()) {
        Ok(loaded) => exit_code(openapi(loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

fn openapi(config: Config) -> anyhow::Result<()> {
    print(&App::new(config)?.openapi().to_pretty_json()?);
    print("\n");
    Ok(())
}
