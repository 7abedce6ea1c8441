//! Accepts connections and serves them until told to stop.

use std::{io, net::SocketAddr, time::Duration};

use axum::{ServiceExt, extract::Request};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::stack::HttpService;

/// Serves until `shutdown`, then waits for open requests, at most `grace` long.
///
/// # Errors
///
/// Where the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    service: HttpService,
    shutdown: CancellationToken,
    grace: Duration,
) -> io::Result<()> {
    let stop = shutdown.clone();
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    let serving = axum::serve(listener, service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .into_future();
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = serving => served,
        () = overdue => {
            tracing::warn!("Stopped with requests unanswered after the grace period");
            Ok(())
        }
    }
}
