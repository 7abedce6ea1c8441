//! `flyte-webhook config check --online`

use anyhow::Context;
use http::HeaderValue;
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, Lasting},
    audit::Trail,
    config::Config,
    hooks::{Finding, Occasion},
};

/// All that is wrong with the rules of hooks, by what the control plane says.
#[tokio::main(flavor = "current_thread")]
pub(super) async fn check(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let app = App::new(config, &Lasting::new(CancellationToken::new()))?;
    let id = HeaderValue::from_static("config-check");
    let occasion = Occasion::new(id, None, Trail::default());
    let checked = app.api().hooks.check(&occasion).await;
    let endpoint = &config.control_plane.endpoint;
    checked.with_context(|| {
        format!("the control plane at {endpoint} cannot be asked, so that it is not known whether hooks fit their tasks; the configuration itself is valid")
    })
}
