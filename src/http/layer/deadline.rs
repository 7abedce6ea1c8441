//! Ends a request that takes too long.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{sync::watch, time::Instant};

use crate::http::Problem;

/// By when a request must be answered; one that is to wait may have longer.
#[derive(Clone)]
pub struct Deadline(watch::Sender<Instant>);

impl Deadline {
    fn after(limit: Duration) -> Self {
        Self(watch::Sender::new(Instant::now() + limit))
    }

    /// Gives the request this much longer.
    pub fn extend(&self, wait: Duration) {
        self.0.send_modify(|ends| *ends += wait);
    }

    /// Returns when the time is over, as it has been extended meanwhile.
    async fn over(&self) {
        loop {
            let ends = *self.0.borrow();
            if ends <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(ends).await;
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Deadline {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let deadline = parts.extensions.get::<Self>().cloned();
        deadline.ok_or(Problem::Panic)
    }
}

/// Answers 504 when the handler is not done within the limit.
pub async fn deadline(State(limit): State<Duration>, mut request: Request, next: Next) -> Response {
    let deadline = Deadline::after(limit);
    request.extensions_mut().insert(deadline.clone());
    tokio::select! {
        response = next.run(request) => response,
        () = deadline.over() => Problem::Deadline.into_response(),
    }
}
