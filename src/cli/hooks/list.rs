//! `flyte-webhook hooks list`

use std::fmt::Write;

use flyte_webhook_core::hook::source::Source;

use crate::{cli::print, config::Config};

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let mut text = String::new();
    for hook in &config.hooks {
        let paths: Vec<_> = hook.paths().collect();
        writeln!(
            text,
            "{:<20} {:<18} {:<9} {} secret(s)  {}",
            hook.name,
            hook.reader.source.name(),
            hook.ack.as_str(),
            hook.secrets,
            paths.join(" "),
        )?;
        for rule in &hook.rules {
            let when = rule.when.as_ref().map_or("always", |when| when.source());
            writeln!(text, "    {} <- {when}", rule.task)?;
        }
    }
    if config.hooks.is_empty() {
        text.push_str("no hooks\n");
    }
    let sources = Source::ALL.map(Source::name).join(", ");
    writeln!(text, "sources: {sources}")?;
    print(&text);
    Ok(())
}
