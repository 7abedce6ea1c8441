//! `flyte-webhook endpoints`

use std::fmt::Write;

use flyte_webhook_core::endpoint::Endpoint;

use super::print;
use crate::config::Config;

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let mut table = String::new();
    for endpoint in Endpoint::ALL {
        let enabled = config.endpoints.contains(endpoint);
        writeln!(
            table,
            "{:<3} {:<28} {:<9} {:<5} {}",
            if enabled { "on" } else { "off" },
            endpoint.name(),
            endpoint.group().name(),
            endpoint.method().as_str(),
            endpoint.path(),
        )?;
    }
    print(&table);
    Ok(())
}
