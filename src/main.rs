//! The `flyte-webhook` binary.

use std::process::ExitCode;

/// Instead of musl's, which is slow and has one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    flyte_webhook::cli::run()
}
