//! `flyte-webhook health`

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail};
use reqwest::{Client, redirect::Policy};

use super::{
    config::{SourceArgs, refuse},
    exit_code, print,
};
use crate::config::{Config, load};

/// What a server answers when it may be asked.
const PATH: &str = "/health";
/// A server that takes longer is of no use to anybody.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask a server whether it is there: 0 if it is, 1 if it is not.
///
/// For the health check of an image without a shell. Without a URL it asks the server that the
/// configuration describes, on this machine.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What to ask, instead of the server that the configuration describes
    #[arg(long)]
    url: Option<String>,
    /// Believe any certificate: nothing is sent that others may not see
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    source: SourceArgs,
}

pub(super) fn run(args: &Args) -> ExitCode {
    // On this machine no certificate is for the name that it is asked by.
    let (url, insecure) = match &args.url {
        Some(url) => (url.clone(), args.insecure),
        None => match load(&args.source.sources()) {
            Ok(loaded) => (own_url(&loaded.config), true),
            Err(problems) => return refuse(&problems),
        },
    };
    exit_code(ask(&url, insecure))
}

#[tokio::main(flavor = "current_thread")]
async fn ask(url: &str, insecure: bool) -> anyhow::Result<()> {
    let client = Client::builder()
        .tls_danger_accept_invalid_certs(insecure)
        .no_proxy()
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .build()?;
    let answer = client.get(url).send().await;
    let answer = answer.with_context(|| format!("nobody answers at {url}"))?;
    let status = answer.status();
    if !status.is_success() {
        bail!("{url} answers {status}");
    }
    print(&format!("{status}\n"));
    Ok(())
}

fn own_url(config: &Config) -> String {
    let server = &config.server;
    // One that listens everywhere listens here.
    let host = match server.host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host @ (IpAddr::V4(_) | IpAddr::V6(_)) => host,
    };
    let scheme = if config.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{}{PATH}", SocketAddr::new(host, server.port))
}
