//! What `bench.py` measures with: load, a control plane that answers at once, and the
//! least that a server can do. Each runs in one thread, so that it stays on one core.

mod bare;
mod calls;
mod canned;
mod load;
mod record;
mod serve;
mod wire;

use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Serialize, de::DeserializeOwned};

const USAGE: &str = "usage: flyte-webhook-bench bare ADDRESS\n\
    \x20      flyte-webhook-bench record ADDRESS UPSTREAM APP FILE TLS\n\
    \x20      flyte-webhook-bench canned ADDRESS UPSTREAM FILE TLS [SECONDS] < PLANS\n\
    \x20      flyte-webhook-bench load < PLAN\n\
    \x20      flyte-webhook-bench calls < PLAN";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["bare", address] => bare::run(address).await,
        ["record", address, upstream, app, file, tls] => {
            record::run(address, upstream, app, file, tls).await
        }
        ["canned", address, upstream, file, tls, rest @ ..] => {
            let pause = rest.first().map(|seconds| seconds.parse()).transpose()?;
            let pause = Duration::from_secs_f64(pause.unwrap_or_default());
            canned::run(address, upstream, file, tls, pause).await
        }
        ["load"] => tell(load::run(plan()?).await?),
        ["calls"] => tell(calls::run(plan()?).await?),
        _ => bail!(USAGE),
    }
}

fn plan<P: DeserializeOwned>() -> anyhow::Result<P> {
    let plan = std::io::read_to_string(std::io::stdin())?;
    serde_json::from_str(&plan).context("the plan")
}

fn tell(measured: impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}
