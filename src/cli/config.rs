//! `flyte-webhook config`, and the flags that say where the configuration is.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Subcommand};

use crate::config::{self, Environment, Loaded, Origin, Problems, Setting, Sources};

/// `EX_CONFIG` of sysexits.h, which service managers know not to try again.
pub(super) const EX_CONFIG: u8 = 78;

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
        let setting = |(key, flag, value): (_, _, &Option<String>)| {
            let value = value.clone()?;
            Some(Setting { key, value, flag })
        };
        Sources {
            file: self.config.clone(),
            flags: flags.into_iter().filter_map(setting).collect(),
            defaults: Vec::new(),
            environment: Environment::of_process(),
        }
    }
}

/// Look at the configuration
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Say whether the configuration is valid, and where its values come from
    Check(SourceArgs),
    /// Print the JSON Schema of the configuration file
    Schema,
    /// Print the configuration in effect as YAML; variables stay unexpanded
    Show(SourceArgs),
}

/// Runs one of the commands.
pub(crate) fn run(command: &Command) -> ExitCode {
    let text = match command {
        Command::Check(args) => config::load(&args.sources()).map(|it| checked(&it)),
        Command::Schema => Ok(format!("{:#}\n", config::schema())),
        Command::Show(args) => config::load(&args.sources()).map(|it| it.show()),
    };
    match text {
        Ok(text) if io::stdout().write_all(text.as_bytes()).is_ok() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problems) => refuse(&problems),
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
