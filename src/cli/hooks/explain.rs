//! `flyte-webhook hooks explain`

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use flyte_webhook_core::hook::headers::Headers;
use http::HeaderValue;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{HookArgs, body, find};
use crate::{
    app::{App, Lasting},
    audit::Trail,
    cli::print,
    config::Config,
    hooks::{Explanation, Occasion, explain},
};

/// A delivery to explain.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    pub(super) hook: HookArgs,
    /// Its body, `-` for standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// Its headers, `name: value` each
    #[arg(long = "header", short = 'H', value_name = "HEADER")]
    headers: Vec<String>,
    /// Do not ask the control plane whether the inputs fit the tasks
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(args: &ExplainArgs, config: &Config) -> anyhow::Result<()> {
    let hook = find(config, &args.hook.name)?;
    let headers = headers(&args.headers)?;
    let body = body(&args.body)?;
    let explanation = if args.offline {
        explain(hook, &headers, &body, Timestamp::now())
    } else {
        online(config, &args.hook.name, &headers, &body)?
    };
    print(&format!(
        "{}\n",
        serde_json::to_string_pretty(&explanation)?
    ));
    Ok(())
}

#[tokio::main]
async fn online(
    config: &Config,
    hook: &str,
    headers: &Headers,
    body: &[u8],
) -> anyhow::Result<Explanation> {
    let lasting = Lasting::new(CancellationToken::new());
    let app = App::new(config, &lasting)?;
    let hooks = &app.api().hooks;
    let hook = hooks.named(hook).ok_or_else(|| anyhow!("no such hook"))?;
    let id = HeaderValue::from_static("hooks-explain");
    let occasion = Occasion::new(id, None, Trail::default());
    Ok(hooks.explain(hook, headers, body, &occasion).await)
}

fn headers(lines: &[String]) -> anyhow::Result<Headers> {
    let pair = |line: &String| {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| anyhow!("a header is written as `name: value`"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    lines.iter().map(pair).collect::<anyhow::Result<_>>()
}
