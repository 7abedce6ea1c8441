//! `flyte-webhook openapi`

use super::print;
use crate::{app::App, config::Config};

pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    print(&App::new(config)?.openapi().to_pretty_json()?);
    print("\n");
    Ok(())
}
