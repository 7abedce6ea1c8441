//! `flyte-webhook hooks`

mod explain;
mod list;
mod sign;

use std::{io::Read, path::Path, process::ExitCode};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use flyte_webhook_core::nearest::nearest;

use super::{config::SourceArgs, exit_code, refuse};
use crate::config::{self, Config, Hook};

/// The largest body that is read of a file.
const LARGEST_BODY: u64 = 32 << 20;

/// Look at hooks, and try them out
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// List the hooks of the configuration, and the sources that there are
    List(SourceArgs),
    /// Print a curl line with a test delivery that is signed as the sender signs
    Sign(sign::SignArgs),
    /// Say what would come of a delivery, step by step; nothing is started
    Explain(explain::ExplainArgs),
}

/// The hook that a command is about.
#[derive(Debug, Clone, Args)]
struct HookArgs {
    /// The name of a hook of the configuration
    #[arg(value_name = "HOOK")]
    name: String,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs one of the commands.
pub(super) fn run(command: &Command) -> ExitCode {
    match command {
        Command::List(source) => with(source, list::run),
        Command::Sign(args) => with(&args.hook.source, |config| sign::run(args, config)),
        Command::Explain(args) => with(&args.hook.source, |config| explain::run(args, config)),
    }
}

fn with(source: &SourceArgs, command: impl FnOnce(&Config) -> anyhow::Result<()>) -> ExitCode {
    match config::load(&source.sources()) {
        Ok(loaded) => exit_code(command(&loaded.config)),
        Err(problems) => refuse(&problems),
    }
}

fn find<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a Hook> {
    let found = config.hooks.iter().find(|hook| &*hook.name == name);
    found.ok_or_else(|| {
        let names = config.hooks.iter().map(|hook| &*hook.name);
        match nearest(name, names) {
            Some(nearest) => anyhow!("there is no hook {name}; did you mean {nearest}?"),
            None => anyhow!("there is no hook {name}; flyte-webhook hooks list names them"),
        }
    })
}

/// The body in a file, or on standard input where that is `-`.
fn body(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().take(LARGEST_BODY).read_to_end(&mut body)?;
    } else {
        let file = std::fs::File::open(path);
        let file = file.with_context(|| format!("{} cannot be read", path.display()))?;
        file.take(LARGEST_BODY).read_to_end(&mut body)?;
    }
    Ok(body)
}
