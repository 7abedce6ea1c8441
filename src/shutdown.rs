//! When to stop: on SIGTERM and on Ctrl-C.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A token that is cancelled by the first SIGTERM or SIGINT.
///
/// # Errors
///
/// Where the signals cannot be listened for.
pub fn on_signal(tasks: &TaskTracker) -> io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = token.clone();
    tasks.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("Stopping: no new connections, open requests are finished");
        stop.cancel();
    });
    Ok(token)
}
