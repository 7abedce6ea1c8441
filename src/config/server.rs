//! Section `server`.

use std::{net::IpAddr, time::Duration};

use flyte_webhook_core::url_guard::AllowEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::{cors::Cors, duration, report::Report, tls::Tls};

const NO_ADDRESS: &str = "is not an IP address; write one, such as 127.0.0.1, or 0.0.0.0 for all";

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
    /// TLS on the port. Without it, a proxy in front ends TLS.
    pub tls: Tls,
    /// Which pages of other origins may use the API from a browser.
    pub cors: Cors,
    /// Whether HTTP/2 is spoken on the port, too; without TLS with prior knowledge.
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
    /// How often the configuration file and those that it names are looked at; what has changed is
    /// taken over as on SIGHUP. 0s: on SIGHUP alone.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub check_files: Duration,
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
        self.cors.check(report);
        report.within("server.max_connections", self.max_connections, 1, 1_000_000);
        let (least, hour) = (Duration::from_millis(1), Duration::from_hours(1));
        let times = [
            ("server.head_timeout", self.head_timeout, least),
            ("server.keep_alive", self.keep_alive, least),
            ("server.write_timeout", self.write_timeout, least),
            ("server.check_files", self.check_files, Duration::ZERO),
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

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IpAddr, D::Error> {
    let text = String::deserialize(deserializer);
    let text = text.map_err(|_no_text| de::Error::custom(NO_ADDRESS))?;
    parse_address(&text).map_err(de::Error::custom)
}

/// Reads an address to listen on.
pub(super) fn parse_address(text: &str) -> Result<IpAddr, &'static str> {
    text.parse().map_err(|_not_an_address| NO_ADDRESS)
}
