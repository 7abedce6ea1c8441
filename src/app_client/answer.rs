//! What an app answers, read within a budget that all calls share.

mod text;

use std::sync::Arc;

use http::{Response, StatusCode, header::CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;
pub use text::Text;

/// The memory that all answers together may take.
#[derive(Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// Takes room for bytes, or refuses: those who would wait for each other's
    /// room could wait for ever.
    pub(super) fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Error> {
        let count = u32::try_from(bytes).map_err(|_too_many| Error::Overloaded)?;
        let room = Arc::clone(&self.0).try_acquire_many_owned(count);
        room.map_err(|_none_left| Error::Overloaded)
    }
}

/// How large answers may be, one by one and together.
#[derive(Clone)]
pub(super) struct Bounds {
    pub(super) limit: usize,
    pub(super) budget: Budget,
}

/// An app's answer, read whole. Its headers are not passed on.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Text,
}

impl Answer {
    pub(super) async fn receive(
        response: Response<Incoming>,
        bounds: &Bounds,
    ) -> Result<Self, Error> {
        let status = response.status();
        let announced = response.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > bounds.limit as u64) {
            let limit = bounds.limit;
            return Err(Error::TooLarge { limit });
        }
        let body = read(response.into_body(), bounds).await?;
        Ok(Self { status, body })
    }
}

async fn read(mut body: Incoming, bounds: &Bounds) -> Result<Text, Error> {
    let limit = bounds.limit;
    let mut text = Text::default();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(Error::broken)?.into_data() else {
            // Trailers are not passed on either.
            continue;
        };
        if text.len() + piece.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        text.keep(bounds.budget.take(piece.len())?);
        text.push(&piece);
    }
    Ok(text)
}
