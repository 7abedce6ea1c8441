//! What a running server cannot take over from another configuration.

use super::Config;

impl Config {
    /// The keys that differ in another configuration and are looked at when the
    /// process starts alone.
    pub fn needs_restart_for(&self, other: &Self) -> Vec<&'static str> {
        let (server, admin) = (&self.server, &self.admin);
        let keys = [
            ("server.host", server.host == other.server.host),
            ("server.port", server.port == other.server.port),
            (
                "server.drain_delay",
                server.drain_delay == other.server.drain_delay,
            ),
            (
                "server.shutdown_grace",
                server.shutdown_grace == other.server.shutdown_grace,
            ),
            (
                "server.check_files",
                server.check_files == other.server.check_files,
            ),
            ("admin.port", admin.listener() == other.admin.listener()),
            (
                "connector.enabled",
                self.connector.enabled == other.connector.enabled,
            ),
            (
                "connector.host",
                self.connector.host == other.connector.host,
            ),
            (
                "connector.port",
                self.connector.port == other.connector.port,
            ),
            (
                "connector.tls",
                self.connector.certificate.is_some() == other.connector.certificate.is_some(),
            ),
            (
                "telemetry.log_format",
                self.telemetry.log_format == other.telemetry.log_format,
            ),
            (
                "telemetry.log_level",
                self.telemetry.log_level == other.telemetry.log_level,
            ),
            (
                "telemetry.traces",
                self.telemetry.traces == other.telemetry.traces,
            ),
            ("audit", self.audit == other.audit),
            ("inbox", self.inbox == other.inbox),
        ];
        let differs = |(key, is_same): (_, bool)| (!is_same).then_some(key);
        keys.into_iter().filter_map(differs).collect()
    }
}
