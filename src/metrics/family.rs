//! Everything that is exported: names, labels and what they mean.

/// A metric and all its series.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The names of the labels, in the order in which values are given.
    pub(super) labels: &'static [&'static str],
    pub(super) help: &'static str,
}

/// What is done with the values of a metric.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// It goes up.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many of them were at most so large.
    Histogram(&'static [f64]),
}

/// Seconds: what OpenTelemetry advises for HTTP, and the times of requests that
/// wait.
const SECONDS: Kind = Kind::Histogram(&[
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
    240.0,
]);

/// All of them.
pub(super) const ALL: [&Family; 36] = [
    &BUILD_INFO,
    &CONFIG_RELOADS,
    &CONFIG_LAST_RELOAD_SUCCESSFUL,
    &CONFIG_LAST_RELOAD_SUCCESS,
    &REQUEST_DURATION,
    &ACTIVE_REQUESTS,
    &WAITING_REQUESTS,
    &CONNECTIONS,
    &OPEN_CONNECTIONS,
    &BODY_BYTES,
    &PROBLEMS,
    &RATE_LIMITED,
    &PANICS,
    &CONTROL_PLANE_DURATION,
    &RETRIES,
    &CIRCUIT_CHANGES,
    &WATCHES,
    &RUNS_STARTED,
    &TOKEN_EXCHANGES,
    &EGRESS_REFUSALS,
    &APP_CALL_DURATION,
    &CONNECTOR_ACTIVE,
    &CONNECTOR_DURATION,
    &RPC_ACTIVE,
    &RPC_BYTES,
    &RPC_DURATION,
    &SPANS,
    &HOOK_DELIVERIES,
    &HOOK_LAUNCHES,
    &INBOX_PENDING,
    &INBOX_OLDEST,
    &INBOX_DEAD,
    &INBOX_BYTES,
    &INBOX_MAX_BYTES,
    &INBOX_ACCEPTS,
    &INBOX_LAUNCHES,
];

pub(super) const BUILD_INFO: Family = Family {
    name: "flyte_webhook_build_info",
    kind: Kind::Gauge,
    labels: &["version"],
    help: "Always 1; the version of the server is a label.",
};
pub(super) const CONFIG_RELOADS: Family = Family {
    name: "flyte_webhook_config_reloads_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Times that the configuration was read anew, by success or failure.",
};
pub(super) const CONFIG_LAST_RELOAD_SUCCESSFUL: Family = Family {
    name: "flyte_webhook_config_last_reload_successful",
    kind: Kind::Gauge,
    labels: &[],
    help: "1 if the configuration that was read last is the one in use, 0 if it is wrong.",
};
pub(super) const CONFIG_LAST_RELOAD_SUCCESS: Family = Family {
    name: "flyte_webhook_config_last_reload_success_timestamp_seconds",
    kind: Kind::Gauge,
    labels: &[],
    help: "When the configuration in use was read, in seconds since 1970.",
};
pub(super) const REQUEST_DURATION: Family = Family {
    name: "flyte_webhook_http_server_request_duration_seconds",
    kind: SECONDS,
    labels: &[
        "http_request_method",
        "http_route",
        "http_response_status_code",
    ],
    help: "How long requests took, by method, route template and status.",
};
pub(super) const ACTIVE_REQUESTS: Family = Family {
    name: "flyte_webhook_http_server_active_requests",
    kind: Kind::Gauge,
    labels: &[],
    help: "Requests that are being answered.",
};
pub(super) const WAITING_REQUESTS: Family = Family {
    name: "flyte_webhook_http_server_waiting_requests",
    kind: Kind::Gauge,
    labels: &[],
    help: "Requests among them that wait for a run to end.",
};
pub(super) const CONNECTIONS: Family = Family {
    name: "flyte_webhook_http_server_connections_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Connections that came, by whether they were served or refused for being too many.",
};
pub(super) const OPEN_CONNECTIONS: Family = Family {
    name: "flyte_webhook_http_server_open_connections",
    kind: Kind::Gauge,
    labels: &[],
    help: "Connections that are open.",
};
pub(super) const BODY_BYTES: Family = Family {
    name: "flyte_webhook_http_server_request_body_bytes_in_flight",
    kind: Kind::Gauge,
    labels: &[],
    help: "Bytes of request bodies that are in memory.",
};
pub(super) const PROBLEMS: Family = Family {
    name: "flyte_webhook_http_server_problems_total",
    kind: Kind::Counter,
    labels: &["code", "source"],
    help: "Requests answered with a problem, by its code and whose it was.",
};
pub(super) const RATE_LIMITED: Family = Family {
    name: "flyte_webhook_http_server_rate_limited_total",
    kind: Kind::Counter,
    labels: &["limit"],
    help: "Requests refused by a rate limit: caller, address, address_failures, hook or an endpoint.",
};
pub(super) const PANICS: Family = Family {
    name: "flyte_webhook_http_server_panics_total",
    kind: Kind::Counter,
    labels: &[],
    help: "Requests that met a bug of this server.",
};
pub(super) const CONTROL_PLANE_DURATION: Family = Family {
    name: "flyte_webhook_control_plane_request_duration_seconds",
    kind: SECONDS,
    labels: &["rpc_method", "http_response_status_code", "error_type"],
    help: "How long requests to the control plane took, by method, status, and why none came.",
};
pub(super) const RETRIES: Family = Family {
    name: "flyte_webhook_control_plane_retries_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Failed calls to the control plane that were made again, or not for want of budget.",
};
pub(super) const CIRCUIT_CHANGES: Family = Family {
    name: "flyte_webhook_control_plane_circuit_changes_total",
    kind: Kind::Counter,
    labels: &["scope", "state"],
    help: "Times that calls of everyone or of one caller were stopped (open) or resumed (closed).",
};
pub(super) const WATCHES: Family = Family {
    name: "flyte_webhook_control_plane_run_watches",
    kind: Kind::Gauge,
    labels: &[],
    help: "Runs that are watched for those who wait.",
};
pub(super) const RUNS_STARTED: Family = Family {
    name: "flyte_webhook_runs_started_total",
    kind: Kind::Counter,
    labels: &["from", "outcome"],
    help: "Runs asked of the control plane, from a task or a trigger: started, refused, failed, or unknown.",
};
pub(super) const TOKEN_EXCHANGES: Family = Family {
    name: "flyte_webhook_token_exchanges_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "API keys that were to be exchanged for tokens: exchanged, refused or failed.",
};
pub(super) const EGRESS_REFUSALS: Family = Family {
    name: "flyte_webhook_egress_refusals_total",
    kind: Kind::Counter,
    labels: &[],
    help: "URLs that came as data and were not called, since the egress guard forbids them.",
};
pub(super) const APP_CALL_DURATION: Family = Family {
    name: "flyte_webhook_app_call_duration_seconds",
    kind: SECONDS,
    labels: &["http_response_status_code", "error_type"],
    help: "How long calls of other apps took, by the app's status, or why there is none.",
};
pub(super) const SPANS: Family = Family {
    name: "flyte_webhook_trace_spans_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Spans that were sent to the collector of traces, that it did not take, or that did not fit into the queue.",
};
pub(super) const CONNECTOR_ACTIVE: Family = Family {
    name: "flyte_webhook_connector_active_requests",
    kind: Kind::Gauge,
    labels: &[],
    help: "Requests of webhook tasks that are being made.",
};
pub(super) const CONNECTOR_DURATION: Family = Family {
    name: "flyte_webhook_connector_request_duration_seconds",
    kind: SECONDS,
    labels: &["host", "outcome"],
    help: "How long requests of webhook tasks took, by host where the configuration names it, and outcome.",
};
pub(super) const RPC_ACTIVE: Family = Family {
    name: "flyte_webhook_connector_active_calls",
    kind: Kind::Gauge,
    labels: &[],
    help: "Calls of engines that are being answered.",
};
pub(super) const RPC_BYTES: Family = Family {
    name: "flyte_webhook_connector_call_bytes_in_flight",
    kind: Kind::Gauge,
    labels: &[],
    help: "Bytes of their messages, and of the requests that they ask for, that are in memory.",
};
pub(super) const RPC_DURATION: Family = Family {
    name: "flyte_webhook_connector_call_duration_seconds",
    kind: SECONDS,
    labels: &["rpc_method", "rpc_code"],
    help: "How long calls of engines took, by method and by what gRPC says of it.",
};
pub(super) const HOOK_DELIVERIES: Family = Family {
    name: "flyte_webhook_hook_deliveries_total",
    kind: Kind::Counter,
    labels: &["hook", "outcome"],
    help: "Deliveries to hooks: launched, duplicate, stored, ignored, handshake, unverified, unreadable, unmapped, rate_limited or refused.",
};
pub(super) const HOOK_LAUNCHES: Family = Family {
    name: "flyte_webhook_hook_launches_total",
    kind: Kind::Counter,
    labels: &["hook", "outcome"],
    help: "Attempts to start a run on behalf of a hook, at once or from the inbox: started, found, failed or refused.",
};
pub(super) const INBOX_PENDING: Family = Family {
    name: "flyte_webhook_inbox_pending_launches",
    kind: Kind::Gauge,
    labels: &[],
    help: "Launches of accepted deliveries that are still to be made.",
};
pub(super) const INBOX_OLDEST: Family = Family {
    name: "flyte_webhook_inbox_oldest_pending_seconds",
    kind: Kind::Gauge,
    labels: &[],
    help: "How long the oldest of them has been waiting.",
};
pub(super) const INBOX_DEAD: Family = Family {
    name: "flyte_webhook_inbox_dead_letters",
    kind: Kind::Gauge,
    labels: &[],
    help: "Launches that were given up and can be replayed.",
};
pub(super) const INBOX_BYTES: Family = Family {
    name: "flyte_webhook_inbox_bytes",
    kind: Kind::Gauge,
    labels: &[],
    help: "What the inbox holds; at inbox.max_bytes deliveries are refused.",
};
pub(super) const INBOX_MAX_BYTES: Family = Family {
    name: "flyte_webhook_inbox_max_bytes",
    kind: Kind::Gauge,
    labels: &[],
    help: "What it may hold: inbox.max_bytes; 0 where there is no inbox.",
};
pub(super) const INBOX_ACCEPTS: Family = Family {
    name: "flyte_webhook_inbox_deliveries_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Deliveries for the inbox: stored, duplicate, full or failed.",
};
pub(super) const INBOX_LAUNCHES: Family = Family {
    name: "flyte_webhook_inbox_attempts_total",
    kind: Kind::Counter,
    labels: &["outcome"],
    help: "Attempts to launch what is in the inbox: launched, queued, retry, dead or returned.",
};
