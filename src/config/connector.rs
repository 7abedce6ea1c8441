//! Section `connector`.

mod secret;
mod signing;

use std::{net::IpAddr, time::Duration};

use http::{HeaderName, Method};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

pub use self::{secret::ConnectorSecret, signing::Signing};
use super::{
    duration,
    report::Report,
    secret::{Secret, read_optional},
    server,
    tls::{Certificate, Tls},
};

/// The methods that webhook tasks may use at all.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// The shortest key that resources are sealed with, in bytes.
const SHORTEST_KEY: usize = 32;

/// The connector, which makes the requests of webhook tasks for a workflow engine.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Connector")]
pub(super) struct Section {
    /// Whether `serve` is a connector, too; `flyte-webhook connector` always is, and nothing else.
    enabled: bool,
    /// The address to listen on for workflow engines.
    #[serde(deserialize_with = "server::address")]
    host: IpAddr,
    /// The port to listen on for workflow engines, in gRPC; 0 takes a free one.
    port: u16,
    /// TLS on that port. Without it engines reach it in clear text.
    tls: Tls,
    /// How many connections of engines may be open; one more is closed at once.
    max_connections: usize,
    /// How many calls of engines may be answered at once; one more is refused, upon which the
    /// engine tries again later.
    max_requests: usize,
    /// How many requests may be made at once; one more is refused, upon which the engine
    /// tries again later.
    max_calls: usize,
    /// The largest message of an engine, and the largest request of a task, in bytes.
    max_message_bytes: usize,
    /// The most bytes of all these messages and requests that are in memory; what would take more
    /// is refused.
    max_bytes_in_flight: usize,
    /// The largest answer of a webhook in bytes; a larger one fails the task.
    max_response_bytes: usize,
    /// How long a task's request may take in all, whatever its `timeout_sec` says.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    timeout: Duration,
    /// How long an engine waits for an answer when it creates a task; a request that takes longer
    /// goes on in the background.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    inline: Duration,
    /// How long the result of a request in the background is kept for the engine.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    keep_results: Duration,
    /// How long after its latest end a request in the background of another process is still said
    /// to run: until then another replica may know more.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    unknown_after: Duration,
    /// The methods that tasks may use, of GET, HEAD, POST, PUT, PATCH and DELETE.
    methods: Vec<String>,
    /// Whether a task's inputs may say which host is called.
    hosts_from_inputs: bool,
    /// How many redirects of one request are followed; each is judged like the first URL.
    redirects: usize,
    /// How often a request is made again that failed for a reason that may pass; only one whose
    /// method is idempotent, or any with `idempotency_header`.
    retries: usize,
    /// How long to wait before the first repetition; twice as long before each further one, or as
    /// long as `Retry-After` says.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    retry_pause: Duration,
    /// A header such as `Idempotency-Key` by which the servers that are called know a repetition:
    /// every request then has it, with one value for one execution of a task.
    idempotency_header: Option<String>,
    /// Secrets that tasks may use as `{secrets.name}`.
    secrets: Vec<secret::Entry>,
    /// Requests to sign as Standard Webhooks says; the first entry with a host that fits counts.
    signing: Vec<signing::Entry>,
    /// A key that all replicas share, with which they know what an engine gives back to them as
    /// their own. At least 32 characters; `${NAME}` takes it from a variable.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    resource_key: Option<Secret>,
    /// A file that holds it, instead.
    resource_key_file: Option<String>,
}

/// The connector, which makes the requests of webhook tasks for a workflow engine.
#[derive(Debug, Clone)]
pub struct Connector {
    /// Whether `serve` is a connector, too.
    pub enabled: bool,
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on.
    pub port: u16,
    /// What that port shows, if it speaks TLS.
    pub certificate: Option<Certificate>,
    /// How many connections may be open.
    pub max_connections: usize,
    /// How many calls may be answered at once.
    pub max_requests: usize,
    /// How many requests may be made at once.
    pub max_calls: usize,
    /// The largest message of an engine, and the largest request, in bytes.
    pub max_message_bytes: usize,
    /// The most bytes of all of them in memory.
    pub max_bytes_in_flight: usize,
    /// The largest answer, in bytes.
    pub max_response_bytes: usize,
    /// How long a request may take in all.
    pub timeout: Duration,
    /// How long a request may take before it goes on in the background.
    pub inline: Duration,
    /// How long results are kept.
    pub keep_results: Duration,
    /// How long others' requests are said to run after their latest end.
    pub unknown_after: Duration,
    /// The methods that may be used.
    pub methods: Vec<Method>,
    /// Whether inputs may say which host is called.
    pub hosts_from_inputs: bool,
    /// How many redirects are followed.
    pub redirects: usize,
    /// How often a request is made again.
    pub retries: usize,
    /// The pause before the first repetition.
    pub retry_pause: Duration,
    /// The header by which repetitions are known.
    pub idempotency_header: Option<HeaderName>,
    /// The secrets that may be used.
    pub secrets: Vec<ConnectorSecret>,
    /// What is signed.
    pub signing: Vec<Signing>,
    /// What resources are sealed with.
    pub resource_key: Option<SecretString>,
}

impl Section {
    pub(super) fn resolve(self, report: &mut Report<'_>) -> Option<Connector> {
        self.check(report);
        let methods = self.methods.iter().enumerate().map(|(index, text)| {
            let key = format!("connector.methods[{index}]");
            report.keep(&key, method(text))
        });
        let methods: Vec<Option<Method>> = methods.collect();
        if methods.is_empty() {
            report.invalid("connector.methods", "is empty; write at least POST");
        }
        let header = self.idempotency_header.as_deref().map(idempotency_header);
        let header = header.map(|name| report.keep("connector.idempotency_header", name));
        let certificate = self.tls.resolve("connector.tls", report);
        let secrets = secret::resolve(self.secrets, report);
        let signing = signing::resolve(self.signing, report);
        let key = self.resource_key.map(|Secret(key)| key);
        let file = self.resource_key_file.as_deref();
        let key = read_optional(report, "connector", "resource_key", key, file);
        let key = key.and_then(|key| {
            let checked = secret::long_enough(&key, SHORTEST_KEY).map(|()| key);
            report.keep("connector.resource_key", checked)
        });
        Some(Connector {
            enabled: self.enabled,
            host: self.host,
            port: self.port,
            certificate: certificate.ok()?,
            max_connections: self.max_connections,
            max_requests: self.max_requests,
            max_calls: self.max_calls,
            max_message_bytes: self.max_message_bytes,
            max_bytes_in_flight: self.max_bytes_in_flight,
            max_response_bytes: self.max_response_bytes,
            timeout: self.timeout,
            inline: self.inline,
            keep_results: self.keep_results,
            unknown_after: self.unknown_after,
            methods: methods.into_iter().collect::<Option<_>>()?,
            hosts_from_inputs: self.hosts_from_inputs,
            redirects: self.redirects,
            retries: self.retries,
            retry_pause: self.retry_pause,
            idempotency_header: header.flatten(),
            secrets: secrets?,
            signing: signing?,
            resource_key: key,
        })
    }

    fn check(&self, report: &mut Report<'_>) {
        const MIB: usize = 1 << 20;
        let bytes = self.max_response_bytes;
        let (largest, in_flight) = (self.max_message_bytes, self.max_bytes_in_flight);
        let counts = [
            ("max_connections", self.max_connections, 1, 1_000_000),
            ("max_requests", self.max_requests, 1, 100_000),
            ("max_calls", self.max_calls, 1, 100_000),
            ("max_message_bytes", largest, 1024, 64 * MIB),
            // The message, what it asks for twice, and what of that is shown.
            ("max_bytes_in_flight", in_flight, 4 * largest, 1024 * MIB),
            ("max_response_bytes", bytes, 1, 64 * MIB),
            ("redirects", self.redirects, 0, 20),
            ("retries", self.retries, 0, 20),
        ];
        for (key, value, least, most) in counts {
            report.within(&format!("connector.{key}"), value, least, most);
        }
        let (least, hour) = (Duration::from_millis(1), Duration::from_hours(1));
        let times = [
            ("timeout", self.timeout, least, hour),
            ("inline", self.inline, Duration::ZERO, hour),
            ("keep_results", self.keep_results, Duration::ZERO, 24 * hour),
            ("unknown_after", self.unknown_after, Duration::ZERO, hour),
            ("retry_pause", self.retry_pause, least, hour),
        ];
        for (key, time, least, most) in times {
            report.within(&format!("connector.{key}"), time, least, most);
        }
    }
}

fn method(text: &str) -> Result<Method, &'static str> {
    let known = METHODS.into_iter().find(|method| method.as_str() == text);
    known.ok_or("is no method of webhook tasks; write GET, HEAD, POST, PUT, PATCH or DELETE")
}

fn idempotency_header(text: &str) -> Result<HeaderName, &'static str> {
    let taken = ["host", "content-length", "transfer-encoding", "connection"];
    let name: Option<HeaderName> = text.parse().ok();
    name.filter(|name| !taken.contains(&name.as_str()))
        .ok_or("is no header that can be added; write a name such as Idempotency-Key")
}
