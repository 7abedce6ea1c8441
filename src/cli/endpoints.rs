//! `flyte-webhook endpoints`

use std::{fmt::Write, process::ExitCode};

use flyte_webhook_core::endpoint::Endpoint;

use super::{
    config::{SourceArgs, refuse},
    print,
};
use crate::config;

/// List the endpoints and whether the configuration enables them.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &Args) -> ExitCode {
    let enabled = match config::load(&args.source.sources()) {
        Ok(loaded) => loaded.config.endpoints,
        Err(problems) => return refuse(&problems),
    };
    let mut table = String::new();
    for endpoint in Endpoint::ALL {
        let _ = writeln!(
            table,
            "{:<3} {:<28} {:<9} {:<5} {}",
            if enabled.contains(endpoint) {
                "on"
            } else {
                "off"
            },
            endpoint.name(),
            endpoint.group().name(),
            endpoint.method().as_str(),
            endpoint.path(),
        );
    }
    print(&table);
    ExitCode::SUCCESS
}
