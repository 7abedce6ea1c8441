//! The `flyte-webhook` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    flyte_webhook::cli::run()
}
