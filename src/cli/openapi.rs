//! `flyte-webhook openapi`

use tokio_util::sync::CancellationToken;

use super::print;
use crate::{
    app::{App, Lasting},
    config::Config,
};

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let lasting = Lasting::new(CancellationToken::new());
    print(&App::new(config, &lasting)?.openapi().to_pretty_json()?);
    print("\n");
    Ok(())
}
