//! `flyte-webhook hooks sign`

use std::{fmt::Write, path::PathBuf};

use anyhow::Context;
use clap::Args;
use data_encoding::HEXLOWER;
use flyte_webhook_core::hook::sign::{Sample, Signer};
use jiff::Timestamp;

use super::{HookArgs, body, find};
use crate::{
    cli::print,
    config::{Config, Hook},
};

/// A test delivery.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct SignArgs {
    #[command(flatten)]
    pub(super) hook: HookArgs,
    /// The body to sign, `-` for standard input; by default a sample of the sender's
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// The id of the delivery; by default another each time
    #[arg(long)]
    id: Option<String>,
    /// Where the server is; by default `public_url`, or else where it would listen
    #[arg(long)]
    url: Option<String>,
}

pub(super) fn run(args: &SignArgs, config: &Config) -> anyhow::Result<()> {
    let hook = find(config, &args.hook.name)?;
    let signer = Signer::new(hook.verifier.scheme().clone(), hook.signing_secret.clone());
    let signer = signer.context("what this sender signs with is not what is configured here")?;
    let id = args.id.clone();
    let id = id.unwrap_or_else(|| HEXLOWER.encode(&rand::random::<[u8; 16]>()));
    let body = args.body.as_deref().map(body).transpose()?;
    let sample = signer.sample(&hook.reader, &id, Timestamp::now(), body);
    let url = args.url.clone().unwrap_or_else(|| address(config));
    print(&curl(&url, hook, &sample)?);
    Ok(())
}

fn address(config: &Config) -> String {
    match &config.public_url {
        Some(url) => url.to_string(),
        None => format!("http://127.0.0.1:{}", config.server.port),
    }
}

/// The line that sends a delivery, ready to paste.
fn curl(url: &str, hook: &Hook, sample: &Sample) -> anyhow::Result<String> {
    let path = hook.path.clone().unwrap_or_else(|| hook.own_path());
    let url = format!("{}{path}", url.trim_end_matches('/'));
    let mut line = format!("curl -sS {}", quoted(&url));
    for (name, value) in &sample.headers {
        write!(line, " -H {}", quoted(&format!("{name}: {value}")))?;
    }
    let body = str::from_utf8(&sample.body).context("the body is no text that a shell takes")?;
    writeln!(line, " --data-raw {}", quoted(body))?;
    Ok(line)
}

/// As a shell reads it back.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_gets_out_of_its_quotes() {
        assert_eq!(quoted("it's; rm -rf $HOME"), r"'it'\''s; rm -rf $HOME'");
    }
}
