//! Ends a request that takes too long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use tokio::time::{Instant, sleep_until};

use super::chain::{Next, Request};
use crate::http::Problem;

/// When a request must be answered; one that waits for a run puts it off.
#[derive(Clone)]
pub struct Deadline {
    started: Instant,
    /// In milliseconds.
    limit: Arc<AtomicU64>,
}

impl Deadline {
    fn new(limit: Duration) -> Self {
        Self {
            started: Instant::now(),
            limit: Arc::new(AtomicU64::new(millis(limit))),
        }
    }

    /// Gives the request this much more time.
    pub fn put_off(&self, by: Duration) {
        self.limit.fetch_add(millis(by), Relaxed);
    }

    fn ends(&self) -> Instant {
        self.started + Duration::from_millis(self.limit.load(Relaxed))
    }
}

/// Answers 504 when the handler is not done within the limit, or within what it
/// was put off to.
pub async fn deadline(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    let deadline = Deadline::new(limit);
    request.extensions_mut().insert(deadline.clone());
    let answering = next.run(request);
    tokio::pin!(answering);
    loop {
        let end = deadline.ends();
        tokio::select! {
            biased;
            response = &mut answering => return response,
            // It is only ever put off, which is seen when it would have ended.
            () = sleep_until(end) => if deadline.ends() == end {
                return Problem::Deadline.into_response();
            },
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
