//! Section `telemetry`.

mod traces;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::filter::Targets;

use super::{environment::Environment, report::Report};

pub use traces::{Collector, Traces};

/// What the server says about itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Telemetry")]
pub(super) struct Section {
    /// `json`, or `pretty` for people; by default `pretty` on a terminal and `json` elsewhere.
    pub(super) log_format: Option<LogFormat>,
    /// A level (off, error, warn, info, debug, trace), or several as `info,flyte_webhook=debug`.
    #[serde(deserialize_with = "filter")]
    #[schemars(with = "String")]
    pub(super) log_level: Targets,
    traces: traces::Section,
}

/// What the server says about itself.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// The form of a log line.
    pub log_format: LogFormat,
    /// The least level of what is logged, by who says it.
    pub log_level: Targets,
    /// Where traces go.
    pub traces: Traces,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Coloured text.
    Pretty,
}

impl LogFormat {
    /// The word for it in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        }
    }
}

impl Section {
    /// Checks the section; `name` is what the server is called.
    pub(super) fn resolve(
        self,
        name: &str,
        environment: &Environment,
        report: &mut Report<'_>,
    ) -> Option<Telemetry> {
        let default = if environment.terminal {
            LogFormat::Pretty
        } else {
            LogFormat::Json
        };
        Some(Telemetry {
            log_format: self.log_format.unwrap_or(default),
            log_level: self.log_level,
            traces: self.traces.resolve(name, report)?,
        })
    }
}

/// Takes levels and `target=level` only: the filter itself would read the
/// misspelt level `inof` as a module's name and log nothing else.
fn filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Targets, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.split(',').all(is_directive)
        && let Ok(targets) = text.parse()
    {
        return Ok(targets);
    }
    let reason = "is not a log level; write one of off, error, warn, info, debug, trace, \
                  or several as info,flyte_webhook=debug";
    Err(de::Error::custom(reason))
}

fn is_directive(text: &str) -> bool {
    let target = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    match text.split_once('=') {
        Some((name, level)) => !name.is_empty() && name.chars().all(target) && is_level(level),
        None => is_level(text),
    }
}

fn is_level(text: &str) -> bool {
    ["off", "error", "warn", "info", "debug", "trace"].contains(&text)
}
