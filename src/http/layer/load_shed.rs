//! Refuses what is too much at once, before anything of it is read.
//!
//! A request that waits for minutes would keep the place of thousands that do
//! not, so it moves to a place of another kind, which it has reserved before it
//! started anything.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    chain::{Next, Request},
    passthrough_auth::is_open,
};
use crate::{
    http::{LoadProblem, Problem},
    metrics::{Held, Metrics},
};

/// The places for requests.
#[derive(Clone)]
pub struct Places {
    in_flight: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    metrics: Metrics,
}

/// The place of one request, as a request extension.
#[derive(Clone)]
pub struct Place {
    left: CancellationToken,
    waiting: Arc<Semaphore>,
    metrics: Metrics,
}

/// A place to wait in.
pub struct WaitingPlace {
    left: CancellationToken,
    _place: OwnedSemaphorePermit,
    _counted: Held,
}

impl Places {
    /// So many places for requests, and so many for those that wait.
    pub fn new(in_flight: usize, waiting: usize, metrics: &Metrics) -> Self {
        Self {
            in_flight: Arc::new(Semaphore::new(in_flight)),
            waiting: Arc::new(Semaphore::new(waiting)),
            metrics: metrics.clone(),
        }
    }
}

impl Place {
    /// Reserves a place to wait in, for as long as it is kept.
    ///
    /// # Errors
    ///
    /// Where there is none left.
    pub fn reserve(&self) -> Result<WaitingPlace, LoadProblem> {
        let place = Arc::clone(&self.waiting).try_acquire_owned();
        Ok(WaitingPlace {
            left: self.left.clone(),
            _place: place.map_err(|_none_left| LoadProblem::TooManyWaiting)?,
            _counted: self.metrics.request_waits(),
        })
    }
}

impl WaitingPlace {
    /// Moves here: the ordinary place is free for another request.
    pub fn enter(&self) {
        self.left.cancel();
    }
}

/// Answers 503 where all places are taken. What is open to everyone has no
/// places: it costs nothing, and says that the server is there.
pub async fn load_shed(State(places): State<Places>, mut request: Request, next: Next) -> Response {
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(place) = places.in_flight.try_acquire_owned() else {
        return Problem::from(LoadProblem::Overloaded).into_response();
    };
    let left = CancellationToken::new();
    request.extensions_mut().insert(Place {
        left: left.clone(),
        waiting: places.waiting,
        metrics: places.metrics,
    });
    let answering = next.run(request);
    tokio::pin!(answering);
    tokio::select! {
        biased;
        response = &mut answering => response,
        () = left.cancelled() => {
            drop(place);
            answering.await
        }
    }
}
