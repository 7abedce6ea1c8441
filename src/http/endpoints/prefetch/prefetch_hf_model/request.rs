//! What a caller says about the model.

use flyte_webhook_core::{
    json::Value,
    model::{ArtifactName, Overrides, Quantity, Repository, SecretKey},
};

use crate::http::extract::{FromQuery, QueryReader};

/// The parameters that are texts and mean nothing to this server.
const TEXTS: [&str; 6] = [
    "raw_data_path",
    "architecture",
    "task",
    "serial_format",
    "model_type",
    "short_description",
];

/// The parameters that change the task where it does not take them as inputs.
pub(super) const OVERRIDES: [&str; 5] = ["hf_token_key", "cpu", "memory", "disk", "force"];

/// Everything but the modalities.
pub struct PrefetchQuery {
    /// Absent only where the request is refused.
    pub(super) repo: Option<Repository>,
    pub(super) artifact: Option<ArtifactName>,
    pub(super) overrides: Overrides,
    /// Everything that is given, by name.
    pub(super) parameters: Vec<(&'static str, Value)>,
}

impl FromQuery for PrefetchQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        let repo = query.required("repo", Repository::parse);
        let artifact = query.parsed("artifact_name", ArtifactName::parse);
        let overrides = Overrides {
            token: query.parsed("hf_token_key", SecretKey::parse),
            cpu: query.parsed("cpu", Quantity::parse),
            memory: query.parsed("memory", Quantity::parse),
            disk: query.parsed("disk", Quantity::parse),
            force: query.integer("force").unwrap_or_default(),
        };
        let force = ("force", Value::Int(overrides.force));
        let names = ["repo", "artifact_name"].into_iter().chain(TEXTS);
        let names = names.chain(OVERRIDES).filter(|name| *name != "force");
        let texts = names.filter_map(|name| Some((name, Value::String(query.text(name)?.into()))));
        let mut parameters: Vec<_> = texts.collect();
        if overrides.force != 0 {
            parameters.push(force);
        }
        Self {
            repo,
            artifact,
            overrides,
            parameters,
        }
    }
}
