//! How long health checks take while others misbehave.

use std::{net::SocketAddr, time::Duration};

use tokio::time::Instant;

use crate::wire::Connection;

pub(crate) const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n";

/// The 99th percentile of so many health checks, each on a connection of its own.
pub(crate) async fn health(server: SocketAddr, count: usize) -> Duration {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        let mut connection = Connection::open(server).await.unwrap();
        let answer = connection.ask(HEALTH).await.unwrap();
        assert_eq!(answer.status, 200);
        times.push(started.elapsed());
    }
    times.sort();
    times[count * 99 / 100]
}

/// The best of several rounds: the machine does other things, too.
pub(crate) async fn best_health(server: SocketAddr) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        best = best.min(health(server, 200).await);
    }
    best
}
