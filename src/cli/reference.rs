//! `flyte-webhook reference`, from which parts of the documentation are made.

use std::{fmt::Write, process::ExitCode};

use clap::{Command as Clap, CommandFactory, Subcommand};

use super::{Cli, print};
use crate::config;

/// Print a part of the documentation in Markdown
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Command {
    /// Every key of the configuration
    Configuration,
    /// Every command with its arguments
    Commands,
}

pub(super) fn run(command: Command) -> ExitCode {
    print(&match command {
        Command::Configuration => config::reference(&config::schema()),
        Command::Commands => commands(),
    });
    ExitCode::SUCCESS
}

fn commands() -> String {
    let mut text = String::new();
    let mut root = Cli::command().term_width(88);
    root.build();
    describe(&mut text, &mut root, "");
    text
}

/// A command's help, and that of each command below it.
fn describe(text: &mut String, command: &mut Clap, before: &str) {
    let name = format!("{before}{}", command.get_name());
    let help = command.render_long_help().to_string();
    let lines: Vec<_> = help.lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## {name}\n\n```\n{}\n```\n", lines.join("\n"));
    let below = command.get_subcommands_mut().filter(|it| is_shown(it));
    for command in below {
        describe(text, command, &format!("{name} "));
    }
}

fn is_shown(command: &Clap) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}
