//! What an app answers.

use bytes::BytesMut;
use http::StatusCode;
use reqwest::{RequestBuilder, Response};

use super::Error;

/// An app's answer, read whole. Its headers are not passed on.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) async fn receive(request: RequestBuilder, limit: usize) -> Result<Self, Error> {
        let response = request.send().await.map_err(Error::from_send)?;
        Ok(Self {
            status: response.status(),
            body: read(response, limit).await?,
        })
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Error> {
    let announced = response.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(Error::TooLarge { limit });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::from_body)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}
