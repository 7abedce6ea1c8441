//! What an app answers, read within a budget that all calls share.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use reqwest::{RequestBuilder, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;

/// The memory that all answers together may take.
#[derive(Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// Takes room for bytes, or refuses: those who would wait for each other's
    /// room could wait for ever.
    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Error> {
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
    pub body: Vec<u8>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Answer {
    /// An answer that takes no room.
    pub fn new(status: StatusCode, body: Vec<u8>) -> Self {
        Self {
            status,
            body,
            _room: None,
        }
    }

    pub(super) async fn receive(request: RequestBuilder, bounds: &Bounds) -> Result<Self, Error> {
        let response = request.send().await.map_err(Error::from_send)?;
        let status = response.status();
        let mut reading = Reading {
            bounds,
            body: BytesMut::new(),
            room: None,
        };
        reading.read(response).await?;
        Ok(Self {
            status,
            body: reading.body.into(),
            _room: reading.room,
        })
    }
}

struct Reading<'a> {
    bounds: &'a Bounds,
    body: BytesMut,
    room: Option<OwnedSemaphorePermit>,
}

impl Reading<'_> {
    async fn read(&mut self, mut response: Response) -> Result<(), Error> {
        let limit = self.bounds.limit;
        let announced = response.content_length().unwrap_or_default();
        if usize::try_from(announced).map_or(true, |length| length > limit) {
            return Err(Error::TooLarge { limit });
        }
        while let Some(chunk) = response.chunk().await.map_err(Error::from_body)? {
            self.add(&chunk)?;
        }
        Ok(())
    }

    fn add(&mut self, chunk: &Bytes) -> Result<(), Error> {
        let limit = self.bounds.limit;
        if self.body.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        let room = self.bounds.budget.take(chunk.len())?;
        match &mut self.room {
            Some(taken) => taken.merge(room),
            none => *none = Some(room),
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }
}
