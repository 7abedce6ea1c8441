//! How long requests take that have nothing to do with the app that hangs.

use std::{fmt, net::SocketAddr, time::Duration};

use tokio::time::Instant;

use crate::wire::Connection;

/// What is asked, each several hundred times, a new connection for the last.
const ROUTES: [(&str, &str, &str); 5] = [
    ("health", "GET", "/health"),
    ("me", "GET", "/me"),
    ("task", "GET", "/task/development/flytesnacks/demo.hello"),
    ("call", "POST", "/app/second/call?path=/x"),
    ("accept", "GET", "/health"),
];
const REQUESTS: usize = 200;
/// The best of so many rounds counts: the machine does other things, too.
const ROUNDS: usize = 5;
/// How much slower the others may become.
const RATIO: f64 = 2.0;

/// The 99th percentile of each route.
pub(super) struct Latencies([Duration; ROUTES.len()]);

impl Latencies {
    pub(super) async fn measure(server: SocketAddr) -> Self {
        let mut best = [Duration::MAX; ROUTES.len()];
        for _ in 0..ROUNDS {
            for (best, route) in best.iter_mut().zip(ROUTES) {
                *best = (*best).min(percentile(server, route, REQUESTS).await);
            }
        }
        Self(best)
    }

    pub(super) fn health(&self) -> Duration {
        let [health, ..] = self.0;
        health
    }

    /// The routes that take too much longer than before.
    pub(super) fn slower_than(&self, before: &Self) -> Vec<String> {
        let pairs = self.0.iter().zip(before.0);
        let slower = pairs
            .zip(ROUTES)
            .filter(|((now, before), _)| **now > before.mul_f64(RATIO));
        slower
            .map(|((now, before), (name, ..))| format!("{name}: {now:?} after {before:?}"))
            .collect()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().zip(ROUTES);
        let shown: Vec<String> = shown
            .map(|(time, (name, ..))| format!("{name}={}us", time.as_micros()))
            .collect();
        f.write_str(&shown.join(","))
    }
}

/// The 99th percentile of so many health checks.
pub(super) async fn health(server: SocketAddr, count: usize) -> Duration {
    percentile(server, ROUTES[0], count).await
}

async fn percentile(
    server: SocketAddr,
    (name, method, path): (&str, &str, &str),
    count: usize,
) -> Duration {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\
         content-length: 0\r\n\r\n"
    );
    let mut connection = Connection::open(server).await.unwrap();
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        if name == "accept" {
            connection = Connection::open(server).await.unwrap();
        }
        let answer = connection.ask(request.as_bytes()).await.unwrap();
        times.push(started.elapsed());
        assert_eq!(answer.status, 200, "{path}");
    }
    times.sort();
    times[count * 99 / 100]
}
