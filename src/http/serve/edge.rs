//! What clients are held to.

use std::time::Duration;

use super::front::HeadLimits;
use crate::config::{Limits, Server};

/// How many connections administrators may have open, scrapers among them.
const ADMIN_CONNECTIONS: usize = 256;

/// Bounds on connections.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Whether HTTP/2 is spoken, too.
    pub h2c: bool,
    /// How large the head of a request may be.
    pub head: HeadLimits,
    /// How long it may take to arrive.
    pub head_timeout: Duration,
    /// How long a connection may be idle between requests.
    pub keep_alive: Duration,
    /// How long a client may keep an answer waiting.
    pub write_timeout: Duration,
    /// How many connections may be open.
    pub max_connections: usize,
}

impl Edge {
    /// What the configuration says.
    pub fn of(server: &Server, limits: &Limits) -> Self {
        Self {
            h2c: server.h2c,
            head: HeadLimits {
                target: limits.max_uri_bytes,
                headers: limits.max_headers,
                bytes: limits.max_head_bytes,
            },
            head_timeout: server.head_timeout,
            keep_alive: server.keep_alive,
            write_timeout: server.write_timeout,
            max_connections: server.max_connections,
        }
    }

    /// The same where only administrators are let in.
    #[must_use]
    pub fn for_administrators(&self) -> Self {
        Self {
            h2c: false,
            max_connections: self.max_connections.min(ADMIN_CONNECTIONS),
            ..self.clone()
        }
    }
}
