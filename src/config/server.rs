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
    /// Whether HTTP/2 without TLS is spoken on the port, too.
    pub h2c: bool,
    /// How many connections may be open; one more is closed at once.
    pub max_connections: usize,
    /// How long the first byte of a connection, and the head of a request, may take to arrive.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub head_timeout: Duration,
    /// How long a connection may be idle between two requests.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub keep_alive: Duration,
    /// How long a client may leave an answer unread, or read less than 1 KiB of it a second.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub write_timeout: Duration,
    /// How long connections are still accepted after SIGTERM.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub drain_delay: Duration,
    /// How long requests in flight may take to finish after that.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub shutdown_grace: Duration,
}

impl Server {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        report.within("server.max_connections", self.max_connections, 1, 1_000_000);
        let (least, hour) = (Duration::from_millis(1), Duration::from_hours(1));
        let times = [
            ("server.head_timeout", self.head_timeout, least),
            ("server.keep_alive", self.keep_alive, least),
            ("server.write_timeout", self.write_timeout, least),
            ("server.drain_delay", self.drain_delay, Duration::ZERO),
            ("server.shutdown_grace", self.shutdown_grace, Duration::ZERO),
        ];
        for (key, time, least) in times {
            report.within(key, time, least, hour);
        }
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let advice = "is not an IP address; write one, such as 127.0.0.1, or 0.0.0.0 for all";
    let text = String::deserialize(deserializer).map_err(|_no_text| de::Error::custom(advice))?;
    text.parse()
        .map_err(|_not_an_address| de::Error::custom(advice))
}
