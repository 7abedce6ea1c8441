//! Ends a request that takes too long.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::chain::Next;
use crate::http::Problem;

/// When a request must be answered; one that waits for a run puts it off.
#[derive(Clone)]
pub struct Deadline(watch::Sender<Instant>);

impl Deadline {
    /// Gives the request this much more time.
    pub fn put_off(&self, by: Duration) {
        self.0.send_modify(|end| *end += by);
    }
}

/// Answers 504 when the handler is not done within the limit, or within what it
/// was put off to.
pub async fn deadline(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    let (sender, mut ends) = watch::channel(Instant::now() + limit);
    request.extensions_mut().insert(Deadline(sender.clone()));
    let answering = next.run(request);
    tokio::pin!(answering);
    loop {
        let end = *ends.borrow_and_update();
        tokio::select! {
            response = &mut answering => return response,
            _put_off = ends.changed() => {}
            () = sleep_until(end) => {
                if *ends.borrow() == end {
                    return Problem::Deadline.into_response();
                }
            }
        }
    }
}
