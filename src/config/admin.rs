//! Section `admin`.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    key_hash::KeyHashes,
    report::Report,
    server,
    tls::{Certificate, Tls},
};

/// The administrator's routes: metrics, the dashboard and what it is made of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Admin")]
pub(super) struct Section {
    /// The port that these routes have for themselves; 0 takes a free one. Without it there is none.
    port: Option<u16>,
    /// The address to listen on; by default `server.host`.
    host: Option<String>,
    /// TLS on the port that they have for themselves.
    tls: Tls,
    /// Serve these routes on `server.port`, too.
    on_main_port: bool,
    /// Who may use them. Without any these routes do not exist.
    tokens: Vec<Entry>,
}

/// A token of an administrator.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AdminToken")]
struct Entry {
    /// Whose token it is.
    id: String,
    /// The SHA-256 of the token in hexadecimal digits, as `flyte-webhook keys new` prints it.
    hash: Option<String>,
    /// A file that holds it, instead.
    hash_file: Option<String>,
}

/// The administrator's routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port that they have for themselves.
    pub port: Option<u16>,
    /// What that port shows, if it speaks TLS.
    pub certificate: Option<Certificate>,
    /// Whether they are on the main port, too.
    pub on_main_port: bool,
    /// Who may use them.
    pub tokens: Vec<AdminToken>,
}

/// A token of an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminToken {
    /// Whose token it is.
    pub id: String,
    /// The SHA-256 of the token.
    pub hash: [u8; 32],
}

impl Admin {
    /// Where these routes are to be listened for, if anybody may use them.
    pub fn listener(&self) -> Option<SocketAddr> {
        let port = self.port.filter(|_| !self.tokens.is_empty());
        port.map(|port| SocketAddr::new(self.host, port))
    }

    /// Whether these routes are asked for, and nobody may use them.
    pub fn is_of_no_use(&self) -> bool {
        (self.port.is_some() || self.on_main_port) && self.tokens.is_empty()
    }

    /// Whether the main port has these routes.
    pub fn is_on_main_port(&self) -> bool {
        self.on_main_port && !self.tokens.is_empty()
    }
}

impl Section {
    pub(super) fn resolve(self, main: &server::Server, report: &mut Report<'_>) -> Option<Admin> {
        if self.port.is_some_and(|port| port != 0 && port == main.port) {
            let advice = "is server.port, too; choose another, or write admin.on_main_port: true";
            report.invalid("admin.port", advice);
        }
        let host = match self.host.as_deref() {
            Some(text) => report.keep("admin.host", server::parse_address(text)),
            None => Some(main.host),
        };
        let certificate = self.tls.resolve("admin.tls", report);
        let mut hashes = KeyHashes::default();
        let mut tokens = Vec::new();
        for (index, entry) in self.tokens.into_iter().enumerate() {
            let Entry {
                id,
                hash,
                hash_file,
            } = entry;
            let key = format!("admin.tokens[{index}]");
            let hash = hashes.read(report, &key, &id, hash, hash_file.as_deref());
            tokens.push(hash.map(|hash| AdminToken { id, hash }));
        }
        Some(Admin {
            host: host?,
            port: self.port,
            certificate: certificate.ok()?,
            on_main_port: self.on_main_port,
            tokens: tokens.into_iter().collect::<Option<_>>()?,
        })
    }
}
