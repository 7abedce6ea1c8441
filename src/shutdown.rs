//! When to stop: on SIGTERM and on Ctrl-C, and at once on the second.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `shutdown` at the first signal and is done at the second, for those
/// who do not want to wait for open requests.
///
/// # Errors
///
/// Where the signals cannot be listened for.
pub fn on_signal(shutdown: CancellationToken) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(async move {
        next().await;
        tracing::info!("Stopping: open requests are finished, then no new ones are taken");
        shutdown.cancel();
        next().await;
    })
}
