//! Servers that do wrong, for the negative controls.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use crate::harness::spawn;

/// Serves until the row's runtime ends.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    at(listener, router)
}

/// Serves at a listener of the row's own.
pub(crate) fn at(listener: TcpListener, router: Router) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}
