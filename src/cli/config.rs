//! `flyte-webhook config`, and the flags that say where the configuration is.

mod online;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Subcommand};

use super::complain;
use crate::config::{self, Environment, Loaded, Origin, Problems, Setting, Sources};

/// `EX_CONFIG` of sysexits.h, which service managers know not to try again.
pub(super) const EX_CONFIG: u8 = 78;

/// `EX_UNAVAILABLE` of sysexits.h: it may be right, and nobody could say.
const EX_UNAVAILABLE: u8 = 69;

/// Flags of every command that needs a configuration.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SourceArgs {
    /// The configuration file; by default the one that `FLYTE_WEBHOOK_CONFIG` names
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on, instead of server.host
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// The port to listen on, instead of server.port
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// The control plane, instead of `control_plane.endpoint`
    #[arg(long, value_name = "URL")]
    control_plane_endpoint: Option<String>,
    /// The server's own project, instead of `control_plane.project`
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// The server's own domain, instead of `control_plane.domain`
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
}

impl SourceArgs {
    /// What to read the configuration from, with the process's own environment.
    pub(crate) fn sources(&self) -> Sources {
        // Not parsed by clap: a bad port is a mistake in the configuration
        // wherever it is written, with the same words and the same exit code.
        let flags = [
            ("server.host", "host", &self.host),
            ("server.port", "port", &self.port),
            (
                "control_plane.endpoint",
                "control-plane-endpoint",
                &self.control_plane_endpoint,
            ),
            ("control_plane.project", "project", &self.project),
            ("control_plane.domain", "domain", &self.domain),
        ];
        Sources {
            file: self.config.clone(),
            flags: given(flags),
            defaults: Vec::new(),
            unused: &[],
            environment: Environment::of_process(),
        }
    }
}

/// The flags that were given, of these keys.
pub(super) fn given<const N: usize>(
    flags: [(&'static str, &'static str, &Option<String>); N],
) -> Vec<Setting> {
    let setting = |(key, flag, value): (_, _, &Option<String>)| {
        let value = value.clone()?;
        Some(Setting { key, value, flag })
    };
    flags.into_iter().filter_map(setting).collect()
}

/// A configuration to check
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Ask the control plane, too, whether the rules of hooks fit their tasks, each as its hook;
    /// exit code 69 where it cannot be asked
    #[arg(long)]
    online: bool,
}

/// Look at the configuration
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Say whether the configuration is valid, and where its values come from
    Check(CheckArgs),
    /// Print the JSON Schema of the configuration file
    Schema,
    /// Print the configuration in effect as YAML; variables stay unexpanded
    Show(SourceArgs),
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command) -> ExitCode {
    let text = match command {
        Command::Check(args) => return check(args),
        Command::Schema => Ok(format!("{:#}\n", config::schema())),
        Command::Show(args) => config::load(&args.sources()).map(|it| it.show()),
    };
    shown(text)
}

/// Prints what is asked for, or what is wrong.
fn shown(text: Result<String, Problems>) -> ExitCode {
    match text {
        Ok(text) if io::stdout().write_all(text.as_bytes()).is_ok() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problems) => refuse(&problems),
    }
}

fn check(args: &CheckArgs) -> ExitCode {
    let loaded = match config::load(&args.source.sources()) {
        Ok(loaded) => loaded,
        Err(problems) => return refuse(&problems),
    };
    if !args.online {
        return shown(Ok(checked(&loaded)));
    }
    match online::check(&loaded.config) {
        Ok(findings) if findings.is_empty() => shown(Ok(checked(&loaded))),
        Ok(findings) => {
            let found = findings.into_iter().map(|it| (it.key, it.reason));
            refuse(&loaded.problems(found))
        }
        Err(error) => {
            complain(&error);
            ExitCode::from(EX_UNAVAILABLE)
        }
    }
}

/// Prints what is wrong, one line each, and gives the exit code that says so.
pub(crate) fn refuse(problems: &Problems) -> ExitCode {
    // There is nowhere left to report that standard error is closed.
    let _ = writeln!(io::stderr(), "{problems}");
    ExitCode::from(EX_CONFIG)
}

fn checked(loaded: &Loaded) -> String {
    let line = |(key, origin): (String, Origin)| format!("{key}: {origin}\n");
    let origins: String = loaded.origins().into_iter().map(line).collect();
    format!("ok\n{origins}")
}
