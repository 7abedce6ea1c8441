//! Where the log goes and how it looks.

mod json_line;

use std::io;

use tracing_subscriber::{fmt, layer::SubscriberExt, util::SubscriberInitExt};

use self::json_line::{JsonFields, JsonLine};
use crate::config::{LogFormat, Telemetry};

/// Starts the log: to standard error, since standard output is for what a
/// command was asked to print.
pub fn init(telemetry: &Telemetry) {
    let registry = tracing_subscriber::registry().with(telemetry.log_level.clone());
    let log = fmt::layer().with_writer(io::stderr);
    match telemetry.log_format {
        LogFormat::Pretty => registry.with(log.compact()).init(),
        LogFormat::Json => registry
            .with(log.fmt_fields(JsonFields).event_format(JsonLine))
            .init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        // Where, not what: the message may hold a caller's data.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(code.location = place, "A handler panicked");
    }));
}
