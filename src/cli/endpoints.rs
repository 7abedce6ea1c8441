//! `flyte-webhook endpoints`

use std::{fmt::Write, process::ExitCode};

use flyte_webhook_core::endpoint::Endpoint;

use super::{config, print};

/// List the endpoints and whether the configuration enables them.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: config::Source,
}

pub(super) fn run(args: Args) -> ExitCode {
    let enabled = match args.config.load() {
        Ok(config) => config.endpoints,
        Err(refused) => return refused,
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
