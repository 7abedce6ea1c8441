//! Refuses what is too much at once: calls, and the bytes of their messages.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::{extract::State, response::Response};
use bytes::Bytes;
use connectrpc::ConnectError;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    body::{Watch, Watched},
    refusal,
};
use crate::{
    connector::{Call, Full, Share},
    http::layer::chain::{Next, Request},
};

/// What asks whether the server is there, which has to be answered also where
/// nothing else is. It is small, and has a deadline.
const PROBE: &str = "/grpc.health.v1.Health/Check";

/// How the protocols say that a message is compressed.
const ENCODINGS: [&str; 3] = [
    "grpc-encoding",
    "connect-content-encoding",
    "content-encoding",
];

/// The places for calls.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) left: Arc<Semaphore>,
    /// The largest message.
    pub(super) largest: usize,
}

/// Answers `RESOURCE_EXHAUSTED` where all places, or all memory, are taken. A call keeps
/// its place until its answer is written.
pub(super) async fn limit(State(places): State<Places>, request: Request, next: Next) -> Response {
    if request.uri().path() == PROBE {
        return next.run(request).await;
    }
    let protocol = request.headers().get(CONTENT_TYPE).cloned();
    let Ok(place) = places.left.try_acquire_owned() else {
        let advice = "too many calls are being answered; connector.max_requests says how many may";
        return refusal(ConnectError::resource_exhausted(advice), protocol);
    };
    let call = request.extensions().get::<Call>();
    let share = call.expect("each call has one").share.clone();
    // What it comes to shows only when it is too late.
    let compressed = if is_compressed(request.headers()) {
        places.largest
    } else {
        0
    };
    if let Err(full) = share.take(compressed) {
        return refusal(full.into(), protocol);
    }
    let is_full = Arc::new(AtomicBool::new(false));
    let charged = Charged {
        share: share.clone(),
        is_full: Arc::clone(&is_full),
    };
    let request = Box::new(request.map(|body| Watched::over(body, charged)));
    let response = next.run(request).await;
    // To the service it was a body that broke off.
    if is_full.load(Relaxed) {
        return refusal(Full.into(), protocol);
    }
    response.map(|body| Watched::over(body, Placed(place, share)))
}

fn is_compressed(headers: &HeaderMap) -> bool {
    let mut values = ENCODINGS.iter().filter_map(|name| headers.get(*name));
    values.any(|value| value != "identity")
}

/// Takes memory for what comes.
struct Charged {
    share: Share,
    is_full: Arc<AtomicBool>,
}

impl Watch for Charged {
    fn frame(&mut self, frame: &Frame<Bytes>) -> Result<(), axum::Error> {
        let taken = self.share.take(frame.data_ref().map_or(0, Bytes::len));
        taken.map_err(|full| {
            self.is_full.store(true, Relaxed);
            axum::Error::new(full)
        })
    }
}

/// Keeps a place, and what was taken.
struct Placed(
    #[expect(dead_code, reason = "kept until it is dropped")] OwnedSemaphorePermit,
    #[expect(dead_code, reason = "kept until it is dropped")] Share,
);

impl Watch for Placed {
    fn frame(&mut self, _frame: &Frame<Bytes>) -> Result<(), axum::Error> {
        Ok(())
    }
}
