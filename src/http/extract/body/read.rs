//! Reads a body whole, within what it may take of time and memory.

use std::{error::Error, io};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::{budget::Charge, segments::Segments};
use crate::http::{Api, Problem, pace::Pace};

/// A body, and what it has taken of the budget.
pub struct Whole {
    /// The body.
    pub bytes: Bytes,
    /// Kept while the body is looked at.
    _charge: Charge,
}

/// Reads a body of at most so many bytes.
pub(in crate::http::extract) async fn read(
    headers: &HeaderMap,
    body: Body,
    api: &Api,
    limit: usize,
) -> Result<Whole, Problem> {
    if announced(headers).is_some_and(|length| length > limit) {
        return Err(Problem::BodyTooLarge { limit });
    }
    collect(body, api, limit).await
}

async fn collect(mut body: Body, api: &Api, limit: usize) -> Result<Whole, Problem> {
    let started = Instant::now();
    let end = started + api.body_timeout;
    let mut pace = Pace::new(api.body_stall_timeout, started);
    let mut charge = api.body_budget.charge();
    let mut bytes = Segments::default();
    loop {
        let frame = timeout_at(end.min(pace.ends()), body.frame()).await;
        let frame = match frame {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Err(broken(&error)),
            Ok(None) => break,
            Err(_elapsed) => return Err(Problem::BodyIncomplete),
        };
        // Trailers say nothing here.
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        if piece.len() > limit - bytes.len() {
            return Err(Problem::BodyTooLarge { limit });
        }
        if !charge.add(piece.len()) {
            return Err(Problem::BodiesTooLarge);
        }
        if bytes.len() == 0 && body.is_end_stream() {
            // It came in one piece, and stays as it came.
            return Ok(Whole {
                bytes: piece,
                _charge: charge,
            });
        }
        pace.moved(piece.len(), Instant::now());
        bytes.extend(&piece);
    }
    Ok(Whole {
        bytes: bytes.into_bytes(),
        _charge: charge,
    })
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Why a body ended before its end.
fn broken(error: &axum::Error) -> Problem {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref().and_then(io::Error::get_ref);
        if let Some(refusal) = inner.and_then(|inner| inner.downcast_ref()) {
            return Problem::Malformed(*refusal);
        }
        cause = error.source();
    }
    Problem::BodyIncomplete
}
