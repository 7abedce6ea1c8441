//! Section `server`.

use std::{net::IpAddr, time::Duration};

use flyte_webhook_core::url_guard::AllowEntry;
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
    /// Proxies in front that are believed about whom they forward for: IP addresses and networks
    /// such as `10.0.0.0/8`. Without any, the address of a connection is the caller's.
    #[serde(deserialize_with = "proxies")]
    #[schemars(with = "Vec<String>")]
    pub trusted_proxies: Vec<AllowEntry>,
    /// The header by which those proxies say for whom they forward. Only this one is read:
    /// callers can write the other, which such a proxy passes on as it came.
    pub forwarded_header: ForwardedHeader,
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

/// A header by which a proxy says for whom it forwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most proxies write.
    XForwardedFor,
    /// `Forwarded`, that of RFC 7239.
    Forwarded,
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

/// A proxy is known by its address: a name would have to be looked up for every
/// connection.
fn proxies<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AllowEntry>, D::Error> {
    let entries = Vec::<AllowEntry>::deserialize(deserializer)?;
    let is_network = |entry: &AllowEntry| matches!(entry, AllowEntry::Network { .. });
    if entries.iter().all(is_network) {
        return Ok(entries);
    }
    let advice = "holds a name; write IP addresses and networks, such as 10.0.0.0/8";
    Err(de::Error::custom(advice))
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let advice = "is not an IP address; write one, such as 127.0.0.1, or 0.0.0.0 for all";
    let text = String::deserialize(deserializer).map_err(|_no_text| de::Error::custom(advice))?;
    text.parse()
        .map_err(|_not_an_address| de::Error::custom(advice))
}
