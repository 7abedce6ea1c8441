//! R33: servers are replaced, and configured anew, without a request that is not
//! answered.

use crate::{Size, platform::Platform, rolling, verdict::Verdict};

const RESTARTS: usize = 50;
const RELOADS: usize = 200;
const CLIENTS: usize = 32;
const REQUESTS: usize = 300_000;
/// The real times, and a log that does not become the load.
const CONFIGURATION: &str = "telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";
/// A server that stops at once.
const ABRUPT: &str = "server: {drain_delay: 0s, shutdown_grace: 0s}\n\
                      telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

pub(crate) async fn run(size: Size) -> Verdict {
    let platform = Platform::start().await;
    let (restarts, reloads) = (size.of(RESTARTS), size.of(RELOADS));
    let between = REQUESTS / RESTARTS;
    let endpoint = &platform.endpoint;
    let rolled = rolling::restarts(endpoint, CONFIGURATION, restarts, CLIENTS, between).await;
    let reloaded = rolling::reloads(endpoint, CONFIGURATION, reloads, CLIENTS, 200).await;
    let control = rolling::restarts(endpoint, ABRUPT, 3, CLIENTS, between).await;
    let requests = rolled.requests;
    let failures = [rolled.failures, reloaded.failures].concat();
    let value = format!(
        "unanswered={},restarts={restarts},requests={requests},reloads={reloads},beside={}",
        failures.len(),
        reloaded.requests,
    );
    Verdict::new(value, failures)
        .require(requests >= size.of(REQUESTS), "enough requests")
        .with_control(!control.failures.is_empty(), "servers that stop at once")
}
