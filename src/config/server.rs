//! Section `server`.

use std::{net::IpAddr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::{duration, report::Report};

/// Where the server listens and how it stops.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    #[serde(deserialize_with = "address")]
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one. The platform's PORT sets it too.
    pub port: u16,
    /// How long requests in flight may take to finish after SIGTERM.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub shutdown_grace: Duration,
}

impl Server {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let hour = Duration::from_hours(1);
        report.within(
            "server.shutdown_grace",
            self.shutdown_grace,
            Duration::ZERO,
            hour,
        );
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let advice = "is not an IP address; write one, such as 127.0.0.1, or 0.0.0.0 for all";
    let text = String::deserialize(deserializer).map_err(|_no_text| de::Error::custom(advice))?;
    text.parse()
        .map_err(|_not_an_address| de::Error::custom(advice))
}
