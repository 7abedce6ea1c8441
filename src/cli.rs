//! The command line.

mod config;

use std::process::ExitCode;

use clap::Parser;

/// A webhook server in front of the Flyte 2 control plane
#[derive(Debug, Parser)]
#[command(version, about)]
enum Command {
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Command),
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    match Command::parse() {
        Command::Config(command) => config::run(&command),
    }
}
